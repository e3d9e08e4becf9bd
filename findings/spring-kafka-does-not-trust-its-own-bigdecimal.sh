#!/usr/bin/env bash
# org.springframework.kafka:spring-kafka 3.3.4.
#
# DefaultKafkaHeaderMapper writes a BigDecimal as JSON and its class into `spring_json_header_types`. The same mapper, as it comes, does
# not trust java.math and gives a NonTrustedHeaderType instead of the amount.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>seen</groupId><artifactId>seen</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.springframework.kafka</groupId><artifactId>spring-kafka</artifactId><version>3.3.4</version></dependency>
    <dependency><groupId>com.fasterxml.jackson.core</groupId><artifactId>jackson-databind</artifactId><version>2.19.0</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat >Seen.java <<'JAVA'
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.springframework.kafka.support.DefaultKafkaHeaderMapper;
import org.springframework.messaging.MessageHeaders;

public class Seen {
  public static void main(String[] args) {
    var mapper = new DefaultKafkaHeaderMapper();
    for (Object value : new Object[] {0.5, new UUID(0, 5), new BigDecimal("1.10")}) {
      var written = new RecordHeaders();
      mapper.fromHeaders(new MessageHeaders(Map.of("value", value)), written);
      var read = new HashMap<String, Object>();
      mapper.toHeaders(written, read);
      System.out.println(value.getClass().getSimpleName() + " " + new String(written.lastHeader("value").value()) + " " + read.get("value").getClass().getSimpleName());
    }
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>/dev/null >seen
cat seen
printf '%s\n' 'Double 0.5 Double' 'UUID "00000000-0000-0000-0000-000000000005" UUID' 'BigDecimal 1.10 NonTrustedHeaderType' | diff - seen
echo 'seen with spring-kafka 3.3.4'
