# vsftpd, ProFTPD, Pure-FTPd and pyftpdlib: what each is configured to do wrong. Sourced by up.sh, which defines `port`, `passive` and `start`.

vsftpd() { # name, lines on top of the common ones
  local name="vsftpd_$1" file="$STATE/ftp/vsftpd_$1.conf"
  shift
  port "$name"; passive_of "$name"
  {
    cat <<C
background=NO
listen=YES
listen_address=127.0.0.1
listen_port=$PORT
pasv_min_port=$PASSIVE_FIRST
pasv_max_port=$PASSIVE_LAST
local_enable=YES
write_enable=YES
anonymous_enable=NO
pam_service_name=tugtest-live
secure_chroot_dir=/run/vsftpd/empty
vsftpd_log_file=$STATE/log/$name.ftp.log
xferlog_enable=NO
dual_log_enable=YES
log_ftp_protocol=YES
syslog_enable=NO
seccomp_sandbox=NO
delay_failed_login=1
delay_successful_login=0
check_shell=NO
use_localtime=NO
C
    printf '%s\n' "$@"
  } > "$file"
  chmod 600 "$file"
  start "$name" "$PORT" bash "$HERE/ns.sh" "$PREFIX/usr/sbin/vsftpd" "$file"
}

proftpd() { # name, lines on top of the common ones
  local name="proftpd_$1" file="$STATE/ftp/proftpd_$1.conf"
  shift
  port "$name"; passive_of "$name"
  {
    cat <<C
ModulePath $PREFIX/usr/lib/proftpd
LoadModule mod_tls.c
ServerType standalone
ServerName "Live suite"
UseIPv6 off
DefaultAddress 127.0.0.1
Port $PORT
PassivePorts $PASSIVE_FIRST $PASSIVE_LAST
User nobody
Group nogroup
PidFile $STATE/run/$name.own
ScoreboardFile $STATE/ftp/$name.score
DelayEngine off
WtmpLog off
SystemLog $STATE/log/$name.ftp.log
TransferLog none
AuthOrder mod_auth_file.c
AuthUserFile $STATE/ftp/proftpd.passwd
AuthGroupFile $STATE/ftp/proftpd.group
RequireValidShell off
UseReverseDNS off
AllowOverwrite on
C
    printf '%s\n' "$@"
  } > "$file"
  start "$name" "$PORT" env LD_LIBRARY_PATH="$LIBRARIES" "$PREFIX/usr/sbin/proftpd" -n -q -c "$file"
}

proftpd_account() { # name, password, number
  echo "$1:$(printf '%s' "$2" | openssl passwd -6 -salt tugtest -stdin):$3:5000::$STATE/home/$1:/bin/bash" >> "$STATE/ftp/proftpd.passwd"
}

pureftpd() { # name, options on top of the common ones
  local name="pureftpd_$1"
  shift
  port "$name"; passive_of "$name"
  start "$name" "$PORT" bash "$HERE/ns.sh" "$PREFIX/usr/sbin/pure-ftpd" -A -H -u 1 -S "127.0.0.1,$PORT" -p "$PASSIVE_FIRST:$PASSIVE_LAST" \
    -l "puredb:$STATE/ftp/pure.pdb" -2 "$STATE/ftp/pure.pem" -O "clf:$STATE/log/$name.ftp.log" "$@"
}

pureftpd_accounts() { # crypt(3) hashes, as its own tool would take seconds of CPU for each login
  local hash
  hash="$(printf '%s' "$ALICE_PASSWORD" | openssl passwd -6 -salt tugtest -stdin)"
  echo "alice:$hash:5001:5000::$STATE/home/alice/./::::::::::::" > "$STATE/ftp/pure.passwd"
  LD_LIBRARY_PATH="$LIBRARIES" "$PREFIX/usr/bin/pure-pw" mkdb "$STATE/ftp/pure.pdb" -f "$STATE/ftp/pure.passwd"
  cat "$STATE/pki/rsa.key" "$STATE/pki/rsa.crt" > "$STATE/ftp/pure.pem"
  chmod 600 "$STATE"/ftp/pure.*
}

pyftpdlib() { # mode
  port "pyftpdlib_$1"; passive
  start "pyftpdlib_$1" "$PORT" env ALICE_PASSWORD="$ALICE_PASSWORD" READER_PASSWORD="$READER_PASSWORD" \
    "$VENV/bin/python" "$HERE/pyftpd.py" "$1" "$PORT" "$PASSIVE_FIRST" "$PASSIVE_LAST" "$STATE"
}

start_ftp() {
  mkdir -p "$STATE/ftp"
  printf 'Welcome to the file server.\n220 this line looks like a final reply\n  an indented line\nUse of this system is monitored.\n' \
    > "$STATE/ftp/banner.txt"
  echo alice > "$STATE/ftp/denied.txt"
  local tls="ssl_enable=YES
force_local_data_ssl=YES
force_local_logins_ssl=YES
ssl_tlsv1=YES
ssl_sslv2=NO
ssl_sslv3=NO
ssl_ciphers=HIGH
rsa_cert_file=$STATE/pki/rsa.crt
rsa_private_key_file=$STATE/pki/rsa.key"
  vsftpd plain
  vsftpd ipv6 listen=NO listen_ipv6=YES listen_address6=::1
  vsftpd tls "$tls" require_ssl_reuse=YES
  vsftpd tls_noreuse "$tls" require_ssl_reuse=NO
  vsftpd implicit "$tls" require_ssl_reuse=NO implicit_ssl=YES
  vsftpd expired "$tls" require_ssl_reuse=NO "rsa_cert_file=$STATE/pki/expired.crt" "rsa_private_key_file=$STATE/pki/expired.key"
  vsftpd selfsigned "$tls" require_ssl_reuse=NO "rsa_cert_file=$STATE/pki/selfsigned.crt" "rsa_private_key_file=$STATE/pki/selfsigned.key"
  vsftpd wrongname "$tls" require_ssl_reuse=NO "rsa_cert_file=$STATE/pki/wrongname.crt" "rsa_private_key_file=$STATE/pki/wrongname.key"
  vsftpd certreq "$tls" require_ssl_reuse=NO require_cert=YES validate_cert=YES "ca_certs_file=$STATE/pki/ca.crt"
  vsftpd max1 max_clients=1
  vsftpd perip max_per_ip=1
  vsftpd readonly write_enable=NO
  vsftpd chroot chroot_local_user=YES                              # a writable root: refused after the login
  vsftpd chroot_ok chroot_local_user=YES allow_writeable_chroot=YES
  vsftpd banner "banner_file=$STATE/ftp/banner.txt"
  vsftpd nopasv pasv_enable=NO
  vsftpd liar cmds_denied=EPSV pasv_address=127.9.9.9              # PASV names an address at which nobody listens
  vsftpd anonymous anonymous_enable=YES local_enable=NO no_anon_password=NO
  vsftpd userlist userlist_enable=YES userlist_deny=YES "userlist_file=$STATE/ftp/denied.txt"

  proftpd_account alice "$ALICE_PASSWORD" 5001
  proftpd_account bob "$BOB_PASSWORD" 5002
  echo 'tugtest:x:5000:alice' > "$STATE/ftp/proftpd.group"
  chmod 600 "$STATE/ftp/proftpd.passwd" "$STATE/ftp/proftpd.group"
  local engine="TLSEngine on
TLSRequired on
TLSLog $STATE/log/proftpd.tls.log
TLSECCertificateFile $STATE/pki/good.crt
TLSECCertificateKeyFile $STATE/pki/good.key"
  proftpd plain 'DefaultRoot ~' 'MaxLoginAttempts 3'
  proftpd tls "$engine" 'DefaultRoot ~'
  proftpd tls_noreuse "$engine" 'TLSOptions NoSessionReuseRequired' 'DefaultRoot ~'
  proftpd implicit "$engine" 'TLSOptions UseImplicitSSL NoSessionReuseRequired' 'DefaultRoot ~'
  proftpd max1 'MaxClients 1 "Sorry, %m users already logged in, try later"' 'DefaultRoot ~'
  proftpd deny '<Limit LOGIN>' 'DenyAll' '</Limit>'

  pureftpd_accounts
  pureftpd plain -Y 1 -E
  pureftpd tls -Y 2 -E
  pureftpd tls_data -Y 3 -E
  pureftpd max1 -c 1 -E
  pureftpd anonymous -e -i

  pyftpdlib plain
  pyftpdlib tls
  pyftpdlib implicit
}
