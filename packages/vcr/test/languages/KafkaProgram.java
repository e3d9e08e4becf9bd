import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Arguments: broker, name, group protocol. Produces, with and without a transaction, consumes and commits; says what it saw. */
class KafkaProgram {
  public static void main(String[] args) throws Exception {
    String name = args[1];
    Properties common = new Properties();
    common.put("bootstrap.servers", args[0]);
    try (Admin admin = Admin.create(common)) {
      admin.createTopics(List.of(new NewTopic(name, 2, (short) 1))).all().get();
      try {
        admin.createTopics(List.of(new NewTopic(name, 2, (short) 1))).all().get();
      } catch (ExecutionException error) {
        System.out.println("again: " + error.getCause().getClass().getSimpleName());
      }
      produce(common, name);
      consume(common, name, args[2]);
      admin.deleteConsumerGroups(List.of(name)).all().get();
      admin.deleteTopics(List.of(name)).all().get();
    }
    System.out.println("done");
  }

  private static void produce(Properties common, String name) throws Exception {
    Properties settings = with(common, "compression.type", "gzip");
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      for (int number = 0; number < 4; number++) {
        ProducerRecord<String, String> record = new ProducerRecord<>(name, number % 2, "key-" + number, "value-" + number);
        record.headers().add("number", new byte[] {(byte) number});
        var given = producer.send(record).get();
        System.out.println("produced " + given.partition() + "/" + given.offset());
      }
    }
    Properties transactional = with(common, "transactional.id", name);
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(transactional, new StringSerializer(), new StringSerializer())) {
      producer.initTransactions();
      for (String outcome : List.of("aborted", "committed")) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(name, 0, "key", outcome)).get();
        if (outcome.equals("aborted")) producer.abortTransaction();
        else producer.commitTransaction();
      }
    }
  }

  private static void consume(Properties common, String name, String protocol) {
    Properties settings = with(common, "group.id", name);
    settings.put("group.protocol", protocol);
    settings.put("auto.offset.reset", "earliest");
    settings.put("enable.auto.commit", "false");
    settings.put("isolation.level", "read_committed");
    List<String> seen = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(name));
      while (seen.size() < 5) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
          seen.add("got " + record.partition() + "/" + record.offset() + " " + record.key() + " " + record.value() + " " + record.headers().toArray().length);
        }
        consumer.commitSync();
      }
      Map<TopicPartition, ?> positions = consumer.committed(consumer.assignment());
      Collections.sort(seen);
      seen.forEach(System.out::println);
      System.out.println("committed " + positions.size());
    }
  }

  private static Properties with(Properties common, String key, String value) {
    Properties all = new Properties();
    all.putAll(common);
    all.put(key, value);
    return all;
  }
}
