#!/usr/bin/env bash
# org.apache.kafka:connect-json 4.1.1 (Kafka Connect's JsonConverter, schemas.enable=false).
#
# A whole number beyond 64 bits turns into another one without a word: 2^63 is read as -2^63, 2^64 + 1 as 1. A fraction too large for a
# double, 1e400, is Infinity. All are JSON that other services write.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>seen</groupId><artifactId>seen</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>connect-json</artifactId><version>4.1.1</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat >Seen.java <<'JAVA'
import java.util.Map;
import org.apache.kafka.connect.json.JsonConverter;

public class Seen {
  public static void main(String[] args) {
    var converter = new JsonConverter();
    converter.configure(Map.of("schemas.enable", false), false);
    for (String text : new String[] {"9223372036854775807", "9223372036854775808", "18446744073709551617", "1e400"})
      System.out.println(text + " is read as " + converter.toConnectData("t", text.getBytes()).value());
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>/dev/null >seen
cat seen
printf '%s is read as %s\n' 9223372036854775807 9223372036854775807 9223372036854775808 -9223372036854775808 18446744073709551617 1 1e400 Infinity |
  diff - seen
echo 'seen with connect-json 4.1.1'
