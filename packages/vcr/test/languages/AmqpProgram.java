import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Arguments: port, name. Publishes with confirms, one message that is returned, and consumes; says what it saw. */
class AmqpProgram {
  public static void main(String[] args) throws Exception {
    String name = args[1];
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(Integer.parseInt(args[0]));
    try (Connection connection = factory.newConnection(name)) {
      Channel channel = connection.createChannel();
      channel.queueDeclare(name, false, false, true, Map.of("x-max-length", 10));
      channel.confirmSelect();
      BlockingQueue<String> returned = new LinkedBlockingQueue<>();
      channel.addReturnListener((code, text, exchange, key, properties, body) -> returned.add(code + " " + text));
      channel.basicPublish("", name + ".nowhere", true, null, new byte[0]);
      channel.waitForConfirmsOrDie(30_000);
      System.out.println("returned " + returned.take());
      for (int number = 0; number < 4; number++) {
        BasicProperties properties = new BasicProperties.Builder().headers(Map.of("number", number)).priority(number).build();
        channel.basicPublish("", name, properties, ("{\"number\":" + number + "}").getBytes(StandardCharsets.UTF_8));
      }
      channel.waitForConfirmsOrDie(30_000);
      channel.basicQos(1);
      BlockingQueue<String> given = new LinkedBlockingQueue<>();
      channel.basicConsume(name, false, new DefaultConsumer(channel) {
        public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body) throws IOException {
          given.add(new String(body, StandardCharsets.UTF_8) + " " + properties.getHeaders() + " " + envelope.isRedeliver());
          boolean again = body[10] == '2' && !envelope.isRedeliver();
          if (again) channel.basicNack(envelope.getDeliveryTag(), false, true);
          else channel.basicAck(envelope.getDeliveryTag(), false);
        }
      });
      for (int count = 0; count < 5; count++) System.out.println("got " + given.take());
      Channel other = connection.createChannel();
      try {
        other.queueDeclarePassive(name + ".nowhere");
      } catch (IOException error) {
        System.out.println("refused " + error.getCause().getMessage().split(",")[0]);
      }
    }
    System.out.println("done");
  }
}
