# nginx with everything that an API, or its TLS, can do wrong; httpbin; verifiers of OAuth 1.0a, of AWS signatures and of signed
# requests, sessions among them; servers that ask for a certificate in the handshake. Sourced by up.sh, which defines `port` and `start`.

# One HTTPS server: its name in the table, the certificate, more lines.
https() {
  port "nginx_$1"
  cat >> "$STATE/nginx/nginx.conf" <<C
  server {
    listen 127.0.0.1:$PORT ssl; listen [::1]:$PORT ssl; server_name localhost;
    ssl_certificate $STATE/pki/$2.crt; ssl_certificate_key $STATE/pki/$2.key; ${3:-ssl_protocols TLSv1.2 TLSv1.3;}
    location / {
      default_type application/json;
      if (\$http_authorization != "Bearer $BEARER") { add_header WWW-Authenticate 'Bearer realm="live", error="invalid_token"' always; return 401 '{"error":"invalid_token"}'; }
      return 200 '{"ok":true,"tls":"\$ssl_protocol","client":"\$ssl_client_verify"}';
    }
  }
C
}

start_http() {
  local d="$STATE/nginx"
  mkdir -p "$d"/{body,proxy,fastcgi,uwsgi,scgi,html}
  chmod 755 "$d" "$d/html"
  printf '{"ok":true,"account":{"id":42,"name":"Live Store"}}\n' > "$d/html/ok.json"
  printf 'alice:%s\nbob:%s\n' "$(printf '%s' "$ALICE_PASSWORD" | openssl passwd -apr1 -stdin)" \
    "$(printf '%s' "$BOB_PASSWORD" | openssl passwd -apr1 -stdin)" > "$d/htpasswd"
  printf 'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"ok":true}' > "$d/html/whole"
  chmod 644 "$d/html/ok.json" "$d/html/whole" "$d/htpasswd"
  port nginx; local plain=$PORT
  port nginx_empty; local empty=$PORT
  local query_key='~^canary-api-key-9Lw3(/|%2[Ff])Tt(%2[Bb])(=|%3[Dd])$'
  cat > "$d/nginx.conf" <<C
daemon off; worker_processes 1; user nobody nogroup; pid $STATE/run/nginx.own;
error_log $STATE/log/nginx.error.log warn;
events { worker_connections 1024; }
http {
  client_body_temp_path $d/body; proxy_temp_path $d/proxy; fastcgi_temp_path $d/fastcgi; uwsgi_temp_path $d/uwsgi; scgi_temp_path $d/scgi;
  access_log off; default_type application/json; client_max_body_size 1m;
  limit_req_zone \$binary_remote_addr zone=one:1m rate=1r/m; limit_req_status 429;
  map \$http_x_api_key \$key { default 1; "" 0; "$API_KEY" 2; }
  map \$arg_api_key \$query_key { default 1; "" 0; "$query_key" 2; }
  map \$http_authorization \$bearer { default 1; "" 0; "Bearer $BEARER" 2; }
  server {
    listen 127.0.0.1:$plain; listen [::1]:$plain; server_name localhost; root $d/html;
    location = /key {
      if (\$key = 0) { return 401 '{"error":"missing key"}'; }
      if (\$key = 1) { return 403 '{"error":"bad key"}'; }
      return 200 '{"ok":true,"account":{"id":42,"name":"Live Store"}}';
    }
    location = /query {
      if (\$query_key != 2) { return 401 '{"error":"bad key"}'; }
      return 200 '{"ok":true}';
    }
    location = /bearer {
      if (\$bearer = 0) { add_header WWW-Authenticate 'Bearer realm="live"' always; return 401 '{"error":"no token"}'; }
      if (\$bearer = 1) { add_header WWW-Authenticate 'Bearer realm="live", error="invalid_token"' always; return 401 '{"error":"invalid_token"}'; }
      return 200 '{"ok":true,"account":{"id":42,"name":"Live Store"},"scopes":["orders:read"]}';
    }
    location = /expired { add_header WWW-Authenticate 'Bearer realm="live", error="invalid_token", error_description="The access token expired"' always; return 401 '{"error":"invalid_token"}'; }
    location = /scope { add_header WWW-Authenticate 'Bearer realm="live", error="insufficient_scope", scope="orders:write"' always; return 403 '{"error":"insufficient_scope"}'; }
    location /basic/ { auth_basic "live"; auth_basic_user_file $d/htpasswd; alias $d/html/; }
    location = /forbidden { default_type text/html; return 403 '<html><title>Forbidden</title></html>'; }
    location = /frozen { return 402 '{"error":"payment required"}'; }
    location = /bad-request { return 400 '{"error":"missing parameter account"}'; }
    location = /legal { return 451 '{"error":"blocked in your country"}'; }
    location = /limited { limit_req zone=one; add_header Retry-After 7 always; try_files /ok.json =404; }
    location = /dead { proxy_pass http://127.0.0.1:$DEAD; }
    location = /broken { return 500 '{"error":"internal"}'; }
    location = /maintenance { add_header Retry-After 120 always; return 503 '{"error":"maintenance"}'; }
    location = /login { default_type text/html; return 200 '<!doctype html><html><form action=/login method=post><input type=password></form></html>'; }
    location = /needs-login { return 302 /login; }
    location = /moved { return 301 https://elsewhere.example/v2/me; }
    location = /false { return 200 '{"ok":false,"error":"invalid_auth"}'; }
    location = /truncated { return 200 '{"ok":tru'; }
    location = /nothing { return 204; }
    location = /https-only { return 403 '{"error":"HTTPS required"}'; }
    location = /upgrade { add_header Upgrade 'TLS/1.2, HTTP/1.1' always; return 426; }
  }
  server { listen 127.0.0.1:$empty; server_name _; location / { return 444; } }
C
  https good good
  https expired expired
  https notyet notyet
  https wrongname wrongname
  https selfsigned selfsigned
  https untrusted untrusted
  https nochain nochain
  https chain chain
  https tls10 rsa 'ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;'
  https tls12 good 'ssl_protocols TLSv1.2;'
  https tls13 good 'ssl_protocols TLSv1.3;'
  https cbc rsa 'ssl_protocols TLSv1.2; ssl_ciphers AES128-SHA;'
  https mtls good "ssl_protocols TLSv1.2 TLSv1.3; ssl_client_certificate $STATE/pki/ca.crt; ssl_verify_client on;"
  https h2 good
  echo '}' >> "$d/nginx.conf"
  sed -i "s/listen 127.0.0.1:$PORT ssl; listen \[::1\]:$PORT ssl;/listen 127.0.0.1:$PORT ssl http2; listen [::1]:$PORT ssl http2;/" "$d/nginx.conf"
  chmod 600 "$d/nginx.conf"
  start nginx "$plain" env LD_LIBRARY_PATH="$LIBRARIES" "$PREFIX/usr/sbin/nginx" -c "$d/nginx.conf" -e "$STATE/log/nginx.error.log"

  port httpbin
  start httpbin "$PORT" "$VENV/bin/gunicorn" -b "127.0.0.1:$PORT" -k gthread --threads 8 -w 1 httpbin:app --log-level warning
  port keyed; note api_key_base64 "$(printf %s "$API_KEY" | base64)"
  start keyed "$PORT" python3 "$HERE/keyed.py" "$PORT" "$API_KEY" "$ALICE_PASSWORD"
  local version
  for version in tls1_2 tls1_3; do           # certificates of clients, asked for in the handshake itself
    port "openssl_$version"
    start "openssl_$version" "$PORT" sh -c "cd '$d/html' && exec openssl s_server -accept '127.0.0.1:$PORT' -cert '$STATE/pki/good.crt' \
      -key '$STATE/pki/good.key' -CAfile '$STATE/pki/ca.crt' -Verify 2 -verify_return_error -$version -HTTP -quiet"
  done
  port oauth1
  start oauth1 "$PORT" "$VENV/bin/python" "$HERE/oauth1.py" "$PORT" "$API_KEY" "$ALICE_PASSWORD" "$STATE/pki/rsa.crt"
  port sigv4
  start sigv4 "$PORT" "$VENV/bin/python" "$HERE/sigv4.py" "$PORT" "$API_KEY" "$BEARER"
  . "$HERE/digest.sh"
  start_digest
}
