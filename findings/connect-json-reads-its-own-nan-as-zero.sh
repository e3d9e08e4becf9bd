#!/usr/bin/env bash
# org.apache.kafka:connect-json 4.1.1 (Kafka Connect's JsonConverter).
#
# Of a double NaN or Infinity the converter writes the text "NaN" or "Infinity"; under the schema that it writes beside it, the same
# converter reads both as 0.0, with no error. A sensor that gave no number is a sensor that gave zero on the other side.
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
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.json.JsonConverter;

public class Seen {
  public static void main(String[] args) {
    var converter = new JsonConverter();
    converter.configure(Map.of("schemas.enable", true), false);
    for (double value : new double[] {0.5, Double.NaN, Double.POSITIVE_INFINITY}) {
      byte[] written = converter.fromConnectData("t", Schema.FLOAT64_SCHEMA, value);
      System.out.println(new String(written) + " is read as " + converter.toConnectData("t", written).value());
    }
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>/dev/null >seen
cat seen
printf '{"schema":{"type":"double","optional":false},"payload":%s} is read as %s\n' 0.5 0.5 '"NaN"' 0.0 '"Infinity"' 0.0 | diff - seen
echo 'seen with connect-json 4.1.1'
