#!/usr/bin/env bash
# org.apache.kafka:connect-transforms 4.1.1 (the Cast transform of Kafka Connect).
#
# A number beyond the type that it is cast to becomes another number with no error: int32 of 3,000,000,000 is -1294967296, int8 of 200 is
# -56, NaN is 0, 1e10 is 2147483647. The same transform refuses the text "3000000000" for an int32 as out of range.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>seen</groupId><artifactId>seen</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>connect-transforms</artifactId><version>4.1.1</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat >Seen.java <<'JAVA'
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.Cast;

public class Seen {
  static void cast(String type, Object value) {
    var cast = new Cast.Value<SinkRecord>();
    cast.configure(Map.of("spec", type));
    String seen;
    try {
      seen = String.valueOf(cast.apply(new SinkRecord("orders", 0, null, null, null, value, 0)).value());
    } catch (DataException error) {
      seen = "refused";
    }
    System.out.println(value.getClass().getSimpleName() + " " + value + " as " + type + ": " + seen);
  }

  public static void main(String[] args) {
    cast("int32", 3000000000L);
    cast("int32", "3000000000");
    cast("int8", 200);
    cast("int8", "200");
    cast("int32", 1e10);
    cast("int64", Double.NaN);
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>/dev/null >seen
cat seen
printf '%s\n' 'Long 3000000000 as int32: -1294967296' 'String 3000000000 as int32: refused' 'Integer 200 as int8: -56' 'String 200 as int8: refused' \
  'Double 1.0E10 as int32: 2147483647' 'Double NaN as int64: 0' | diff - seen
echo 'seen with connect-transforms 4.1.1'
