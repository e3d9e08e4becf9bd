#!/usr/bin/env bash
# amq-protocol 2.3.2, the codec of bunny, the AMQP client of Ruby; from Debian 12, with its Ruby 3.1.
#
# AMQP has a decimal: a number of places, and an integer. Of a BigDecimal the codec writes the digits before the point alone, with no
# error: 12.34 is sent as 12, 0.5 as 0. With zeros behind the point it takes as many places as zeros and one: 0.001 is right, 0.025 is
# sent as 0.00. A negative number comes back from its own reader as a large one.
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
require 'bigdecimal'
table = AMQ::Protocol::Table
%w[0.001 0.025 0.5 12.34 100.01 -12].each do |text|
  bytes = table.encode('n' => BigDecimal(text))
  puts "#{text}: #{bytes[6]} #{bytes[7].ord} places of #{bytes[8..].unpack1('l>')}, read as #{table.decode(bytes)['n'].to_s('F')}"
end
RUBY
cat seen
printf '%s\n' '0.001: D 3 places of 1, read as 0.001' '0.025: D 2 places of 0, read as 0.0' '0.5: D 0 places of 0, read as 0.0' '12.34: D 0 places of 12, read as 12.0' \
  '100.01: D 0 places of 100, read as 100.0' '-12: D 0 places of -12, read as 4294967284.0' | diff - seen
echo 'seen with amq-protocol 2.3.2'
