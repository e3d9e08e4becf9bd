#!/usr/bin/env bash
# org.apache.kafka:connect-transforms 4.1.1 (the TimestampConverter transform of Kafka Connect).
#
# `SSSSSS` in its format are not microseconds but milliseconds of any number of digits: .123456 is 123 seconds, the record moves by two
# minutes with no error. A 13th month is January of the next year. Times before 1970 in `unix` seconds or microseconds are cut
# towards 1970, not down: one microsecond before 1970 is 1970.
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
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.TimestampConverter;

public class Seen {
  static Object convert(Map<String, String> settings, Object value) {
    var converter = new TimestampConverter.Value<SinkRecord>();
    converter.configure(settings);
    var converted = converter.apply(new SinkRecord("orders", 0, null, null, null, value, 0)).value();
    return converted instanceof java.util.Date date ? date.toInstant() : converted;
  }

  public static void main(String[] args) {
    for (String format : new String[] {"yyyy-MM-dd HH:mm:ss.SSS", "yyyy-MM-dd HH:mm:ss.SSSSSS"}) {
      String text = format.endsWith("SSSSSS") ? "2026-01-02 03:04:05.123456" : "2026-01-02 03:04:05.123";
      System.out.println(text + " is " + convert(Map.of("target.type", "Timestamp", "format", format), text));
    }
    System.out.println("2026-13-01 is " + convert(Map.of("target.type", "Timestamp", "format", "yyyy-MM-dd"), "2026-13-01"));
    System.out.println("-1 us is " + convert(Map.of("target.type", "Timestamp", "unix.precision", "microseconds"), -1L));
    System.out.println("-1 ms is " + convert(Map.of("target.type", "unix", "unix.precision", "seconds"), new java.util.Date(-1)) + " s");
  }
}
JAVA
TZ=UTC java -cp 'lib/*' Seen.java 2>/dev/null >seen
cat seen
printf '%s\n' '2026-01-02 03:04:05.123 is 2026-01-02T03:04:05.123Z' '2026-01-02 03:04:05.123456 is 2026-01-02T03:06:08.456Z' \
  '2026-13-01 is 2027-01-01T00:00:00Z' '-1 us is 1970-01-01T00:00:00Z' '-1 ms is 0 s' | diff - seen
echo 'seen with connect-transforms 4.1.1'
