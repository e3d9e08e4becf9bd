#!/usr/bin/env bash
# amq-protocol 2.3.2, the codec of bunny, the AMQP client of Ruby; from Debian 12, with its Ruby 3.1.
#
# Arrays in headers (x-death is one) are written right, and read short: behind a boolean, an int8 or an int16 the reader goes on a byte or
# two too far, so that booleans are lost, with no error, those that it wrote itself too. Integers of Ruby (int64) and text arrive.
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
[[true, false], [true, true, false, false], [1, 2], %w[a b]].each do |list|
  puts "#{list} is read as #{table.decode(table.encode('n' => list))['n']}"
end
[["int8", ["b\x07", "b\x08"]], ["int16", ["s\x00\x07", "s\x00\x08"]], ["int32", ["I\x00\x00\x00\x07", "I\x00\x00\x00\x08"]]].each do |name, items|
  fields = "\x01nA".b + [items.join.bytesize].pack('N') + items.join.b
  puts "[7, 8] of type #{name} is read as #{table.decode([fields.bytesize].pack('N') + fields)['n']}"
end
RUBY
cat seen
printf '%s\n' '[true, false] is read as [true]' '[true, true, false, false] is read as [true, true, false]' '[1, 2] is read as [1, 2]' \
  '["a", "b"] is read as ["a", "b"]' '[7, 8] of type int8 is read as [7]' '[7, 8] of type int16 is read as [7]' \
  '[7, 8] of type int32 is read as [7, 8]' | diff - seen
echo 'seen with amq-protocol 2.3.2'
