#!/usr/bin/env bash
# com.github.fridujo:rabbitmq-mock 1.2.0 with com.rabbitmq:amqp-client 5.22.0.
#
# A broker in memory for tests of Java services. In its topic bindings the dot stands for any character, so that `order.paid` takes
# `order-paid`, and `#.paid` does not take `paid`. Headers arrive as the objects that were sent (a String where the client gives a
# LongString, a Date with milliseconds where AMQP has seconds), and a message that was given back is not marked as redelivered.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>seen</groupId><artifactId>seen</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.github.fridujo</groupId><artifactId>rabbitmq-mock</artifactId><version>1.2.0</version></dependency>
    <dependency><groupId>com.rabbitmq</groupId><artifactId>amqp-client</artifactId><version>5.22.0</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat >Seen.java <<'JAVA'
import com.github.fridujo.rabbitmq.mock.MockConnectionFactory;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import java.util.Date;
import java.util.Map;

public class Seen {
  // What was published is in the queue a moment later.
  static GetResponse get(Channel channel, String queue, boolean acknowledge) throws Exception {
    GetResponse message = null;
    for (int turn = 0; message == null && turn < 20; turn += 1) {
      Thread.sleep(10);
      message = channel.basicGet(queue, acknowledge);
    }
    return message;
  }

  public static void main(String[] args) throws Exception {
    var channel = new MockConnectionFactory().newConnection().createChannel();
    for (String[] pair : new String[][] {{"order.paid", "order.paid"}, {"order.paid", "order-paid"}, {"#.paid", "order.paid"}, {"#.paid", "paid"}}) {
      String exchange = String.join(" ", pair);
      channel.exchangeDeclare(exchange, "topic");
      String queue = channel.queueDeclare().getQueue();
      channel.queueBind(queue, exchange, pair[0]);
      channel.basicPublish(exchange, pair[1], null, new byte[0]);
      System.out.println(pair[0] + (get(channel, queue, true) == null ? " does not take " : " takes ") + pair[1]);
    }
    String queue = channel.queueDeclare().getQueue();
    var headers = Map.<String, Object>of("text", "paid", "time", new Date(1767322945123L));
    channel.basicPublish("", queue, new BasicProperties.Builder().headers(headers).build(), new byte[0]);
    var first = get(channel, queue, false);
    System.out.println("text is a " + first.getProps().getHeaders().get("text").getClass().getSimpleName());
    System.out.println("time is " + ((Date) first.getProps().getHeaders().get("time")).getTime());
    channel.basicNack(first.getEnvelope().getDeliveryTag(), false, true);
    System.out.println("redelivered " + get(channel, queue, true).getEnvelope().isRedeliver());
    System.exit(0);
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>/dev/null >seen
cat seen
printf '%s\n' 'order.paid takes order.paid' 'order.paid takes order-paid' '#.paid takes order.paid' '#.paid does not take paid' \
  'text is a String' 'time is 1767322945123' 'redelivered false' | diff - seen
echo 'seen with rabbitmq-mock 1.2.0'
