import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.net.URI;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageDeliveryMode;
import org.springframework.amqp.core.MessageListener;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;
import org.springframework.amqp.support.converter.Jackson2JsonMessageConverter;
import org.springframework.amqp.support.converter.SimpleMessageConverter;

/**
 * Messages of Spring AMQP: URL send EXCHANGE KEY, or URL listen QUEUE..., which prints what a listener was given of each: the
 * queue, then the object that the converter made, the properties, and each header with its Java class.
 */
public class SpringRelay {
  public record Order(int n, long size, String name, List<String> tags, BigDecimal total) {}

  static final ObjectMapper json = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    var factory = new CachingConnectionFactory(URI.create(args[0]));
    if (args[1].equals("send")) send(new RabbitTemplate(factory), args[2], args[3]);
    else listen(factory, Arrays.copyOfRange(args, 2, args.length));
    if (args[1].equals("send")) factory.destroy();
  }

  static void send(RabbitTemplate template, String exchange, String key) {
    template.setMessageConverter(converter());
    for (int n = 0; n < 4; n++) {
      int number = n;
      var order = new Order(n, 1L << 40, "ü", List.of("a", "b"), new BigDecimal("12.50"));
      template.convertAndSend(exchange, key, order, message -> decorate(message, number));
    }
    template.setMessageConverter(new SimpleMessageConverter());
    template.convertAndSend(exchange, key, "plain text");
    template.convertAndSend(exchange, key, new byte[] {0, -1, 10});
    // Java serialization, as Spring does by default.
    template.convertAndSend(exchange, key, new Date(1_600_000_000_000L));
    template.send(exchange, key, new Message(new byte[0], new MessageProperties()));
  }

  static Message decorate(Message message, int n) {
    var properties = message.getMessageProperties();
    properties.setPriority(n);
    properties.setDeliveryMode(n % 2 == 0 ? MessageDeliveryMode.PERSISTENT : MessageDeliveryMode.NON_PERSISTENT);
    properties.setExpiration("3600000");
    properties.setCorrelationId("c-" + n);
    properties.setMessageId("m-" + n);
    properties.setReplyTo("replies");
    properties.setTimestamp(new Date(1_600_000_000_000L));
    properties.setType("order");
    properties.setUserId("guest");
    properties.setAppId("shop");
    var headers = properties.getHeaders();
    headers.put("boolean", true);
    headers.put("byte", (byte) -3);
    headers.put("short", (short) -300);
    headers.put("integer", -70_000);
    headers.put("long", Long.MAX_VALUE);
    headers.put("float", 1.5f);
    headers.put("double", 0.1);
    headers.put("decimal", new BigDecimal("-12.50"));
    headers.put("date", new Date(1_600_000_000_000L));
    headers.put("bytes", new byte[] {0, -1});
    headers.put("text", "ü".repeat(700));
    headers.put("list", List.of("a", 1, List.of(2L)));
    headers.put("map", Map.of("inner", Map.of("id", 1L << 40)));
    headers.put("x-retry-count", n);
    return message;
  }

  static Jackson2JsonMessageConverter converter() {
    var converter = new Jackson2JsonMessageConverter("*");
    converter.setBeanClassLoader(SpringRelay.class.getClassLoader());
    return converter;
  }

  static void listen(CachingConnectionFactory factory, String[] queues) {
    var container = new SimpleMessageListenerContainer(factory);
    container.setQueueNames(queues);
    var simple = new SimpleMessageConverter();
    simple.addAllowedListPatterns("java.util.*");
    container.setMessageListener((MessageListener) message -> {
      try {
        var properties = message.getMessageProperties();
        boolean isJson = "application/json".equals(properties.getContentType());
        Object given = isJson ? converter().fromMessage(message) : simple.fromMessage(message);
        System.out.println("given " + json.writeValueAsString(
            Arrays.asList(properties.getConsumerQueue(), typed(given), shown(properties), typed(properties.getHeaders()))));
      } catch (Throwable error) {
        error.printStackTrace();
        Runtime.getRuntime().halt(1);
      }
    });
    container.afterPropertiesSet();
    container.start();
  }

  static Map<String, Object> shown(MessageProperties properties) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("contentType", properties.getContentType());
    shown.put("contentEncoding", properties.getContentEncoding());
    shown.put("contentLength", properties.getContentLength());
    shown.put("deliveryMode", properties.getReceivedDeliveryMode());
    shown.put("priority", properties.getPriority());
    shown.put("correlationId", properties.getCorrelationId());
    shown.put("replyTo", properties.getReplyTo());
    shown.put("expiration", properties.getExpiration());
    shown.put("messageId", properties.getMessageId());
    shown.put("timestamp", properties.getTimestamp());
    shown.put("type", properties.getType());
    shown.put("userId", properties.getReceivedUserId());
    shown.put("appId", properties.getAppId());
    return shown;
  }

  /** A value with its class, in an order that does not depend on the sender. */
  static Object typed(Object value) {
    if (value == null) return null;
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> sorted = new TreeMap<>();
      map.forEach((name, inner) -> sorted.put(String.valueOf(name), typed(inner)));
      return sorted;
    }
    if (value instanceof List<?> list) return list.stream().map(SpringRelay::typed).toList();
    return Arrays.asList(value.getClass().getName(), value instanceof byte[] || value instanceof Order ? value : value.toString());
  }
}
