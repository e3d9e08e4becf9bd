#!/usr/bin/env bash
# org.springframework.amqp:spring-rabbit 3.2.4.
#
# A text in a header is a String as long as it has 1,024 bytes; one byte more and the listener gets the client's LongString, and
# `(String) headers.get("…")` fails. The other way round a header that AMQP has no type for is sent as Java prints it: a Set, an Optional
# and an int[] arrive as the texts `[1]`, `Optional[1]` and `[I@…`, the address of an array that is gone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>seen</groupId><artifactId>seen</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.springframework.amqp</groupId><artifactId>spring-rabbit</artifactId><version>3.2.4</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat >Seen.java <<'JAVA'
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.LongString;
import com.rabbitmq.client.impl.LongStringHelper;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.rabbit.support.DefaultMessagePropertiesConverter;

public class Seen {
  public static void main(String[] args) {
    var converter = new DefaultMessagePropertiesConverter();
    for (int length : new int[] {1024, 1025}) {
      var text = LongStringHelper.asLongString("x".repeat(length));
      var sent = new BasicProperties.Builder().headers(Map.of("note", text)).build();
      Object read = converter.toMessageProperties(sent, null, "UTF-8").getHeaders().get("note");
      System.out.println(length + " bytes: " + (read instanceof LongString ? "LongString" : read.getClass().getSimpleName()));
    }
    for (Object value : List.of(5, Set.of(1), Optional.of(1), new int[] {1, 2})) {
      var properties = new MessageProperties();
      properties.setHeader("value", value);
      var sent = converter.fromMessageProperties(properties, "UTF-8").getHeaders().get("value");
      String type = value.getClass().getSimpleName().replaceAll("Set.*", "Set");
      System.out.println(type + ": " + sent.getClass().getSimpleName() + " " + sent.toString().replaceAll("@.*", "@"));
    }
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>/dev/null >seen
cat seen
printf '%s\n' '1024 bytes: String' '1025 bytes: LongString' 'Integer: Integer 5' 'Set: String [1]' 'Optional: String Optional[1]' \
  'int[]: String [I@' | diff - seen
echo 'seen with spring-rabbit 3.2.4'
