#!/usr/bin/env bash
# pamqp 4.0.1 (the codec of aio-pika) read by com.rabbitmq:amqp-client 5.26.0 (Java).
#
# An int in a header takes the smallest AMQP type that holds it, so the Java type of a retry count or a size follows its value: Byte,
# Short, Integer, Long. `(Integer) headers.get("size")` works for 40,000 and not for 1. With pika 1.4.4 the first three are Integers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pamqp==4.0.1 pika==1.4.4
cd "$work"
cat >pom.xml <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>seen</groupId><artifactId>seen</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.rabbitmq</groupId><artifactId>amqp-client</artifactId><version>5.26.0</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
tables=$(venv/bin/python -c '
from pamqp import encode
from pika import data
for size in (1, 200, 40000, 3000000000, 2**40):
    pieces = []
    data.encode_table(pieces, {"size": size})
    print(encode.field_table({"size": size}).hex(), b"".join(pieces).hex())')
cat >Seen.java <<'JAVA'
import com.rabbitmq.client.impl.ValueReader;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.HexFormat;

public class Seen {
  public static void main(String[] tables) throws Exception {
    for (int index = 0; index < tables.length; index += 2)
      System.out.println(size(tables[index]) + " from pamqp " + size(tables[index]).getClass().getSimpleName() + " from pika " + size(tables[index + 1]).getClass().getSimpleName());
  }

  private static Object size(String table) throws Exception {
    return new ValueReader(new DataInputStream(new ByteArrayInputStream(HexFormat.of().parseHex(table)))).readTable().get("size");
  }
}
JAVA
# shellcheck disable=SC2086 # one argument for each table
java -cp 'lib/*' Seen.java $tables 2>/dev/null >seen
cat seen
printf '%s\n' '1 from pamqp Byte from pika Integer' '200 from pamqp Short from pika Integer' '40000 from pamqp Integer from pika Integer' \
  '3000000000 from pamqp Long from pika Long' '1099511627776 from pamqp Long from pika Long' | diff - seen
echo 'seen with pamqp 4.0.1, pika 1.4.4 and amqp-client 5.26.0'
