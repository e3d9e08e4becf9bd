#!/usr/bin/env bash
# amq-protocol 2.3.2, the codec of bunny, the AMQP client of Ruby; from Debian 12, with its Ruby 3.1.
#
# Headers of type int8 and int32 (tags b and I) are signed: -1 from another client, as pika and php-amqplib write it, is read as 255 and
# 4294967295. int16 and int64 are right. Of an Integer that does not fit into 64 bits the lower ones are sent, with no error: 2**63 is
# read as a negative number, 2**64 as 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
packages=(ruby-amq-protocol=2.3.2-1 ruby3.1 libruby3.1)
apt-get -qq download "${packages[@]}" 2>/dev/null || { apt-get -qq update && apt-get -qq download "${packages[@]}"; }
for package in *.deb; do dpkg -x "$package" .; done
machine=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$work/usr/lib/$machine
gems=$work/usr/share/rubygems-integration/all/gems
export RUBYLIB=$gems/amq-protocol-2.3.2/lib:$work/usr/lib/ruby/3.1.0:$work/usr/lib/$machine/ruby/3.1.0
usr/bin/ruby3.1 --disable-gems - >seen <<'RUBY'
require 'amq/protocol'
table = AMQ::Protocol::Table
{ 'b' => 'c', 's' => 's>', 'I' => 'l>', 'l' => 'q>' }.each do |tag, format|
  fields = "\x01n".b + tag.b + [-1].pack(format)
  puts "-1 of type #{tag} is read as #{table.decode([fields.bytesize].pack('N') + fields)['n']}"
end
[2**63 - 1, 2**63, 2**64].each { |n| puts "#{n} is sent and read as #{table.decode(table.encode('n' => n))['n']}" }
RUBY
cat seen
printf '%s\n' '-1 of type b is read as 255' '-1 of type s is read as -1' '-1 of type I is read as 4294967295' '-1 of type l is read as -1' \
  '9223372036854775807 is sent and read as 9223372036854775807' '9223372036854775808 is sent and read as -9223372036854775808' \
  '18446744073709551616 is sent and read as 0' | diff - seen
echo 'seen with amq-protocol 2.3.2'
