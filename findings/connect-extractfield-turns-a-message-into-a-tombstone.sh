#!/usr/bin/env bash
# org.apache.kafka:connect-transforms and connect-json 4.1.1 (Kafka Connect).
#
# ExtractField$Value on a message without a schema that lacks the field: the value becomes null, with no error, and JsonConverter without
# schemas makes a tombstone of it, with which a compacted topic deletes the key. A Struct without the field is refused.
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
    <dependency><groupId>org.apache.kafka</groupId><artifactId>connect-json</artifactId><version>4.1.1</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>connect-api</artifactId><version>4.1.1</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat >Seen.java <<'JAVA'
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.ExtractField;

public class Seen {
  public static void main(String[] args) {
    var extract = new ExtractField.Value<SourceRecord>();
    extract.configure(Map.of("field", "after"));
    var converter = new JsonConverter();
    converter.configure(Map.of("schemas.enable", false), false);
    for (Map<String, Object> value : java.util.List.of(Map.<String, Object>of("after", Map.of("id", 1)), Map.<String, Object>of("id", 1))) {
      var made = extract.apply(new SourceRecord(null, null, "orders", null, "key", null, value));
      byte[] bytes = converter.fromConnectData("orders", made.valueSchema(), made.value());
      System.out.println(value + " becomes " + (bytes == null ? "a tombstone" : new String(bytes)));
    }
    var schema = SchemaBuilder.struct().field("id", Schema.INT32_SCHEMA).build();
    try {
      extract.apply(new SourceRecord(null, null, "orders", null, "key", schema, new Struct(schema).put("id", 1)));
    } catch (RuntimeException error) {
      System.out.println("with a schema: " + error.getMessage());
    }
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>/dev/null >seen
cat seen
printf '%s\n' '{after={id=1}} becomes {"id":1}' '{id=1} becomes a tombstone' 'with a schema: Unknown field: after' | diff - seen
echo 'seen with connect-transforms 4.1.1'
