import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes and reads Kafka records with the Java client; arguments and lines as in librdkafka.py. */
public class JavaClient {
  public static void main(String[] args) throws Exception {
    Properties config = new Properties();
    config.put("bootstrap.servers", args[1]);
    if (args[0].equals("write")) write(config, args[2], args[3], args[4]);
    else read(config, args[2], Integer.parseInt(args[3]));
  }

  static void write(Properties config, String topic, String codec, String transaction) throws Exception {
    config.put("compression.type", codec);
    config.put("linger.ms", "5");
    boolean transactional = !transaction.equals("none");
    if (transactional) config.put("transactional.id", UUID.randomUUID().toString());
    try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      if (transactional) {
        producer.initTransactions();
        producer.beginTransaction();
      }
      var lines = new BufferedReader(new InputStreamReader(System.in));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] fields = line.split(" ");
        Long timestamp = fields[1].equals("-") ? null : Long.valueOf(fields[1]);
        var record =
            new ProducerRecord<>(topic, Integer.valueOf(fields[0]), timestamp, parse(fields[2]), parse(fields[3]));
        for (int n = 4; n < fields.length; n += 2) {
          record.headers().add(new String(parse(fields[n]), "UTF-8"), parse(fields[n + 1]));
        }
        producer.send(record);
      }
      producer.flush();
      if (transaction.equals("commit")) producer.commitTransaction();
      if (transaction.equals("abort")) producer.abortTransaction();
    }
  }

  static void read(Properties config, String topic, int count) {
    config.put("isolation.level", "read_committed");
    try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (var info : consumer.partitionsFor(topic)) partitions.add(new TopicPartition(topic, info.partition()));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      for (int seen = 0; seen < count; ) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(30))) {
          var line = new StringBuilder();
          line.append(record.partition()).append(' ').append(record.timestamp());
          line.append(' ').append(show(record.key())).append(' ').append(show(record.value()));
          for (Header header : record.headers()) {
            line.append(' ').append(show(header.key().getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            line.append(' ').append(show(header.value()));
          }
          System.out.println(line);
          seen++;
        }
      }
    }
  }

  static String show(byte[] data) {
    return data == null ? "-" : "=" + Base64.getEncoder().encodeToString(data);
  }

  static byte[] parse(String field) {
    return field.equals("-") ? null : Base64.getDecoder().decode(field.substring(1));
  }
}
