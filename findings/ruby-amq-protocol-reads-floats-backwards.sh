#!/usr/bin/env bash
# amq-protocol 2.3.2, the codec of bunny, the AMQP client of Ruby, from Debian 12, with its Ruby 3.1; beside py-amqp 5.4.2.
#
# A header of type float (tag f, 4 bytes, big-endian as all of AMQP) is read in the byte order of the machine: on x86 and ARM 1.5 from
# another client arrives as 6.9e-41. Doubles (tag d) are right, and Ruby writes no other, so that it does not notice by itself.
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
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check amqp==5.4.2
cat >read.rb <<'RUBY'
require 'amq/protocol'
{ 'f' => [1.5].pack('g'), 'd' => [1.5].pack('G') }.each do |tag, value|
  fields = "\x01n".b + tag.b + value
  table = [fields.bytesize].pack('N') + fields
  File.binwrite("table.#{tag}", table)
  puts "amq-protocol #{tag} #{AMQ::Protocol::Table.decode(table)['n']}"
end
RUBY
usr/bin/ruby3.1 --disable-gems read.rb >seen
unset LD_LIBRARY_PATH
venv/bin/python - >>seen <<'PYTHON'
from amqp.serialization import loads
for tag in "fd":
    print("py-amqp", tag, loads("F", open(f"table.{tag}", "rb").read(), 0)[0][0]["n"])
PYTHON
cat seen
printf '%s\n' 'amq-protocol f 6.896490392174587e-41' 'amq-protocol d 1.5' 'py-amqp f 1.5' 'py-amqp d 1.5' | diff - seen
echo 'seen with amq-protocol 2.3.2 and py-amqp 5.4.2'
