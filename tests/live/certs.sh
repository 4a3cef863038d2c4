#!/bin/bash
# A private CA and every certificate that a server here shows, right or wrong, in $STATE/pki (PEM; keys are new each time).
set -euo pipefail
. "$(dirname "$0")/env.sh"
D="$STATE/pki"
mkdir -p "$D/ca.d" && cd "$D"
quiet() { "$@" 2>> openssl.log; }
NAMES='DNS:localhost,DNS:*.tb.test,IP:127.0.0.1,IP:::1'

key() { quiet openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
authority() { # name, common name
  key "$1"
  quiet openssl req -x509 -new -key "$1.key" -subj "/O=Live suite/CN=$2" -days 30 -sha256 -out "$1.crt" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}
leaf() { # name, common name, subject alternative names, authority
  [ -e "$1.key" ] || key "$1"
  quiet openssl req -new -key "$1.key" -subj "/O=Live suite/CN=$2" -out "$1.csr"
  printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\n' "$3" > "$1.ext"
  quiet openssl x509 -req -in "$1.csr" -CA "$4.crt" -CAkey "$4.key" -set_serial "0x$(openssl rand -hex 8)" -sha256 \
    -extfile "$1.ext" -out "$1.crt" -days 30
}
dated() { # name, first moment, last moment: `openssl ca` is the one subcommand of OpenSSL 3.0 that takes dates
  key "$1"
  quiet openssl req -new -key "$1.key" -subj '/O=Live suite/CN=localhost' -addext "subjectAltName=$NAMES" -out "$1.csr"
  quiet openssl ca -batch -config ca.d/ca.cnf -cert ca.crt -keyfile ca.key -startdate "$2" -enddate "$3" -in "$1.csr" \
    -out "$1.crt" -notext
}

authority ca 'Live suite root'
authority otherca 'Live suite root that nobody trusts'
leaf good localhost "$NAMES" ca
leaf wrongname wrong.example 'DNS:wrong.example' ca
leaf untrusted localhost "$NAMES" otherca
leaf client 'live client' 'email:client@example.test' ca
leaf badclient 'live client of another CA' 'email:bad@example.test' otherca

: > ca.d/index.txt; echo 1000 > ca.d/serial
cat > ca.d/ca.cnf <<C
[ca]
default_ca = own
[own]
dir = $D/ca.d
new_certs_dir = $D/ca.d
database = $D/ca.d/index.txt
serial = $D/ca.d/serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
organizationName = optional
commonName = supplied
C
dated expired 20200101000000Z 20200201000000Z
dated notyet 20400101000000Z 20410101000000Z
dated expiredclient 20200101000000Z 20200201000000Z

key selfsigned
quiet openssl req -x509 -new -key selfsigned.key -days 30 -subj /CN=localhost -addext "subjectAltName=$NAMES" -out selfsigned.crt

# Behind an intermediate: chain.crt is right, nochain.crt lacks the intermediate.
key int
quiet openssl req -new -key int.key -subj '/O=Live suite/CN=Live suite intermediate' -out int.csr
printf 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n' > int.ext
quiet openssl x509 -req -in int.csr -CA ca.crt -CAkey ca.key -set_serial 77 -days 30 -extfile int.ext -out int.crt
leaf nochain localhost "$NAMES" int
cat nochain.crt int.crt > chain.crt; cp nochain.key chain.key

# Keys of clients in the other forms that people have, all for one certificate or a copy of it.
quiet openssl pkcs8 -topk8 -nocrypt -in client.key -out client8.key
quiet openssl pkcs8 -topk8 -passout pass:canary -in client.key -out encrypted.key
quiet openssl pkcs12 -export -in client.crt -inkey client.key -passout pass:canary -out client.p12
quiet openssl genrsa -traditional -out rsaclient.key 2048
leaf rsaclient 'live client with RSA' 'email:client@example.test' ca
# As a private authority makes it by hand: X.509 version 1, without a single extension.
key plainclient
quiet openssl req -new -key plainclient.key -subj '/CN=live client of version 1' -out plainclient.csr
quiet openssl x509 -req -in plainclient.csr -CA ca.crt -CAkey ca.key -set_serial 78 -days 30 -out plainclient.crt
leaf behind 'live client behind an intermediate' 'email:client@example.test' int
cat behind.crt int.crt > behindchain.crt; cp behind.key behindchain.key

# RSA, for vsftpd and for TLS stacks of long ago.
quiet openssl genrsa -out rsa.key 2048
quiet openssl genrsa -out rsa_other.key 2048
leaf rsa localhost "$NAMES" ca

# For clients that sign their assertions (RFC 7523), beside RSA.
key jwt_ec
chmod 600 ./*.key; chmod 644 ./*.crt
