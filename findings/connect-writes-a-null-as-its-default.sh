#!/usr/bin/env bash
# org.apache.kafka:connect-json and connect-api 4.1.1 (Kafka Connect).
#
# A field that is optional and has a default, set to null: Struct.get gives the default, and JsonConverter writes it, as both come. The
# null that the source read from its database is another value for every consumer. `replace.null.with.default` = false keeps it.
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
    <dependency><groupId>org.apache.kafka</groupId><artifactId>connect-api</artifactId><version>4.1.1</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat >Seen.java <<'JAVA'
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;

public class Seen {
  public static void main(String[] args) {
    var schema = SchemaBuilder.struct().field("country", SchemaBuilder.string().optional().defaultValue("DE").build()).build();
    var value = new Struct(schema).put("country", null);
    System.out.println("Struct.get " + value.get("country") + " getWithoutDefault " + value.getWithoutDefault("country"));
    for (boolean replace : new boolean[] {true, false}) {
      var converter = new JsonConverter();
      converter.configure(replace ? Map.of("schemas.enable", false) : Map.of("schemas.enable", false, "replace.null.with.default", false), false);
      System.out.println((replace ? "as it comes " : "replace.null.with.default=false ") + new String(converter.fromConnectData("topic", schema, value)));
    }
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>/dev/null >seen
cat seen
printf '%s\n' 'Struct.get DE getWithoutDefault null' 'as it comes {"country":"DE"}' 'replace.null.with.default=false {"country":null}' | diff - seen
echo 'seen with connect-json 4.1.1'
