#!/usr/bin/env bash
# org.apache.kafka:connect-api 4.1.1 (Kafka Connect's SimpleHeaderConverter).
#
# A header's text that looks like a number is read as the smallest number that holds it and written again as that number prints:
# an order number 007 comes out as 7, 1.10 as 1.1, 1e3 as 1000, and of 0.12345678901 a single keeps eight digits.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>seen</groupId><artifactId>seen</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>connect-api</artifactId><version>4.1.1</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat >Seen.java <<'JAVA'
import org.apache.kafka.connect.storage.SimpleHeaderConverter;

public class Seen {
  public static void main(String[] args) {
    var converter = new SimpleHeaderConverter();
    for (String text : new String[] {"abc", "007", "+5", "1.10", "1e3", "0.12345678901"}) {
      var read = converter.toConnectHeader("orders", "number", text.getBytes());
      var written = converter.fromConnectHeader("orders", "number", read.schema(), read.value());
      System.out.println(text + " " + read.schema().type() + " " + new String(written));
    }
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>/dev/null >seen
cat seen
printf '%s\n' 'abc STRING abc' '007 INT8 7' '+5 INT8 5' '1.10 FLOAT32 1.1' '1e3 INT16 1000' '0.12345678901 FLOAT32 0.12345679' | diff - seen
echo 'seen with connect-api 4.1.1'
