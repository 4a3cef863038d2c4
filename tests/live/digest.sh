# Apache and lighttpd as verifiers of HTTP Digest. Sourced by http.sh.

# A line of a password file: user, realm, hash, and the hash of the user for clients that hide it.
digest_line() { # hash program, user, password
  local hashed hidden
  hashed="$(printf '%s:live:%s' "$2" "$3" | "$1" | cut -d' ' -f1)" hidden="$(printf '%s:live' "$2" | "$1" | cut -d' ' -f1)"
  printf '%s:live:%s%s\n' "$2" "$hashed" "${4:+:$hidden}"
}

start_digest() {
  local d="$STATE/digest"
  mkdir -p "$d"/html/{once,hidden,named}
  for folder in . once hidden named; do printf '{"ok":true}\n' > "$d/html/$folder/ok.json"; done
  { digest_line md5sum alice "$ALICE_PASSWORD"; digest_line md5sum bob "$BOB_PASSWORD"; } > "$d/md5"
  { digest_line sha256sum alice "$ALICE_PASSWORD" hidden; digest_line sha256sum 'Jäsøn "D"' "$BOB_PASSWORD" hidden; } > "$d/sha256"
  chmod -R a+rX "$d"

  port apache
  cat > "$d/apache.conf" <<C
ServerRoot $PREFIX/usr/lib/apache2
ServerName localhost
Listen 127.0.0.1:$PORT
User nobody
Group nogroup
PidFile $STATE/run/apache.own
ErrorLog $STATE/log/apache.error.log
DefaultRuntimeDir $d
$(for module in mpm_event authn_core authn_file authz_core authz_user auth_digest mime; do echo "LoadModule ${module}_module modules/mod_$module.so"; done)
TypesConfig /dev/null
AddType application/json .json
DocumentRoot $d/html
<Directory $d/html>
  AuthType Digest
  AuthName live
  AuthDigestProvider file
  AuthUserFile $d/md5
  Require valid-user
</Directory>
<Location /once/>
  AuthDigestNonceLifetime 0
</Location>
C
  start apache "$PORT" env LD_LIBRARY_PATH="$LIBRARIES" "$PREFIX/usr/sbin/apache2" -X -f "$d/apache.conf"

  port lighttpd
  local login="\"method\" => \"digest\", \"algorithm\" => \"SHA-256\", \"realm\" => \"live\", \"require\" => \"valid-user\""
  cat > "$d/lighttpd.conf" <<C
server.document-root = "$d/html"
server.bind = "127.0.0.1"
server.port = $PORT
server.modules = ("mod_auth", "mod_authn_file")
server.errorlog = "$STATE/log/lighttpd.error.log"
mimetype.assign = ( ".json" => "application/json" )
auth.backend = "htdigest"
auth.backend.htdigest.userfile = "$d/sha256"
auth.require = ( "/hidden/" => ( $login, "userhash" => "enable" ), "/named/" => ( $login ) )
C
  start lighttpd "$PORT" env LD_LIBRARY_PATH="$LIBRARIES" "$PREFIX/usr/sbin/lighttpd" -D -m "$PREFIX/usr/lib/lighttpd" -f "$d/lighttpd.conf"
}
