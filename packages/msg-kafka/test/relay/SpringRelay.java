import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.support.DefaultKafkaHeaderMapper;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.kafka.support.mapping.DefaultJackson2JavaTypeMapper;
import org.springframework.kafka.support.mapping.Jackson2JavaTypeMapper;
import org.springframework.kafka.support.serializer.JsonDeserializer;
import org.springframework.kafka.support.serializer.JsonSerializer;
import org.springframework.messaging.support.MessageBuilder;

/**
 * Records of Spring Kafka: BROKER send TOPIC, or BROKER listen GROUP TOPIC..., which prints what a listener was given of each: the
 * topic, then partition, timestamp, key, the object that the deserializer made, the bytes of each header, and the headers as
 * Spring maps them to objects.
 */
public class SpringRelay {
  public record Order(int n, long size, String name, List<String> tags) {}

  static final ObjectMapper json = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", args[0]);
    if (args[1].equals("send")) send(config, args[2]);
    else listen(config, args[2], Arrays.copyOfRange(args, 3, args.length));
  }

  static void send(Map<String, Object> config, String topic) throws Exception {
    config.put("compression.type", "zstd");
    var factory = new DefaultKafkaProducerFactory<String, Object>(config, new StringSerializer(), new JsonSerializer<>());
    var template = new KafkaTemplate<>(factory);
    for (int n = 0; n < 4; n++) {
      var message = MessageBuilder.withPayload(new Order(n, 1L << 40, "ü", List.of("a")))
          .setHeader(KafkaHeaders.TOPIC, topic)
          .setHeader(KafkaHeaders.KEY, "k" + n)
          .setHeader(KafkaHeaders.TIMESTAMP, 1_600_000_000_000L + n)
          .setHeader("text", "ü")
          .setHeader("long", 1L << 40)
          .setHeader("list", List.of("a", 1))
          .setHeader("date", new Date(1_600_000_000_000L))
          .setHeader("bytes", new byte[] {0, -1})
          .setHeader("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
          .build();
      template.send(message).get();
    }
    // A tombstone, a record without a key, and one whose value is not what its type header says.
    template.send(new ProducerRecord<>(topic, 1, 1_600_000_000_100L, "k0", (Object) null)).get();
    template.send(new ProducerRecord<>(topic, 2, 1_600_000_000_200L, null, "only text")).get();
    var odd = new ProducerRecord<String, Object>(topic, 0, 1_600_000_000_300L, "", Map.of("n", "no number"));
    odd.headers().add("__TypeId__", "SpringRelay$Order".getBytes());
    odd.headers().add("a", null);
    odd.headers().add("a", new byte[0]);
    template.send(odd).get();
    factory.destroy();
  }

  static void listen(Map<String, Object> config, String group, String[] topics) {
    config.put("group.id", group);
    config.put("auto.offset.reset", "earliest");
    var values = new JsonDeserializer<Object>();
    var types = new DefaultJackson2JavaTypeMapper();
    types.addTrustedPackages("*");
    types.setTypePrecedence(Jackson2JavaTypeMapper.TypePrecedence.TYPE_ID);
    types.setBeanClassLoader(SpringRelay.class.getClassLoader());
    values.setTypeMapper(types);
    values.setRemoveTypeHeaders(false);
    var factory = new DefaultKafkaConsumerFactory<String, Object>(config, new StringDeserializer(), new OrTheFault(values));
    var properties = new ContainerProperties(topics);
    var mapper = new DefaultKafkaHeaderMapper();
    mapper.addTrustedPackages("*");
    properties.setMessageListener((MessageListener<String, Object>) record -> {
      try {
        List<Object> bytes = new ArrayList<>();
        for (Header header : record.headers()) bytes.add(Arrays.asList(header.key(), header.value()));
        Map<String, Object> mapped = new HashMap<>();
        mapper.toHeaders(record.headers(), mapped);
        System.out.println("given " + json.writeValueAsString(Arrays.asList(record.topic(), record.partition(),
            record.timestamp(), record.key(), typed(record.value()), bytes, typed(new TreeMap<>(mapped)))));
      } catch (Throwable error) {
        error.printStackTrace();
        Runtime.getRuntime().halt(1);
      }
    });
    var container = new KafkaMessageListenerContainer<>(factory, properties);
    container.start();
  }

  /** What cannot be read is given as a text that says so. */
  record OrTheFault(JsonDeserializer<Object> inner) implements Deserializer<Object> {
    @Override
    public Object deserialize(String topic, byte[] data) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Object deserialize(String topic, Headers headers, byte[] data) {
      try {
        return inner.deserialize(topic, headers, data);
      } catch (RuntimeException error) {
        return error.toString().replace(topic, "topic") + error.getCause();
      }
    }
  }

  static Object typed(Object value) {
    if (value instanceof Map<?, ?> map) {
      List<Object> entries = new ArrayList<>();
      map.forEach((name, inner) -> entries.add(Arrays.asList(name, typed(inner))));
      return entries;
    }
    return value == null ? null : Arrays.asList(value.getClass().getName(), value);
  }
}
