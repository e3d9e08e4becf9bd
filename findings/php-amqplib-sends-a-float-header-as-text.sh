#!/usr/bin/env bash
# php-amqplib 3.5.3, from Debian 12, with its PHP 8.2.
#
# AMQP has floats and doubles, and php-amqplib reads both. It writes a float of PHP in a header as text, with no error: 1.0 is sent as the
# long string "1", 0.1 as "0.1", so that a headers exchange does not match and a reader gets a string. Integers keep their type.
# From its own reader true comes back as the integer 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
packages=(php-amqplib=3.5.3-1 php8.2-cli php8.2-mbstring libonig5 libsodium23 libargon2-1)
apt-get -qq download "${packages[@]}" 2>/dev/null || { apt-get -qq update && apt-get -qq download "${packages[@]}"; }
for package in *.deb; do dpkg -x "$package" .; done
export LD_LIBRARY_PATH=$work/usr/lib/$(uname -m)-linux-gnu
cat >run.php <<'PHP'
<?php
spl_autoload_register(fn($class) => @include __DIR__ . '/usr/share/php/' . str_replace('\\', '/', $class) . '.php');
use PhpAmqpLib\Wire\{AMQPBufferReader, AMQPTable, AMQPWriter};
foreach ([1.5, 1.0, 0.1, 1, true] as $value) {
    $writer = new AMQPWriter();
    $writer->write_table(new AMQPTable(['n' => $value]));
    $bytes = $writer->getvalue();
    $reader = new AMQPBufferReader($bytes);
    echo var_export($value, true), ' is sent with tag ', $bytes[6], ', read as ', var_export($reader->read_table()['n'][1], true), "\n";
}
PHP
usr/bin/php8.2 -n -d "extension=$(echo "$work"/usr/lib/php/*/mbstring.so)" run.php >seen
cat seen
printf '%s\n' "1.5 is sent with tag S, read as '1.5'" "1.0 is sent with tag S, read as '1'" "0.1 is sent with tag S, read as '0.1'" \
  '1 is sent with tag I, read as 1' 'true is sent with tag t, read as 1' | diff - seen
echo 'seen with php-amqplib 3.5.3'
