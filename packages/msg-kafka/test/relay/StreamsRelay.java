import java.nio.file.Files;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.WindowStore;

/**
 * A Kafka Streams application: BROKER APPLICATION TOPIC... Of each topic it prints the records with their headers as a processor is
 * given them, and counts them by key in windows of ten seconds of the records' own time.
 */
public class StreamsRelay {
  public static void main(String[] args) throws Exception {
    var config = new Properties();
    config.put("bootstrap.servers", args[0]);
    config.put("application.id", args[1]);
    config.put("auto.offset.reset", "earliest");
    config.put("state.dir", Files.createTempDirectory("x07-streams-").toString());
    config.put("statestore.cache.max.bytes", "0");
    config.put("commit.interval.ms", "100");
    var builder = new StreamsBuilder();
    for (int n = 2; n < args.length; n++) consume(builder, args[n]);
    var streams = new KafkaStreams(builder.build(), config);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
      return null;
    });
    streams.start();
  }

  static void consume(StreamsBuilder builder, String topic) {
    var input = builder.stream(topic, Consumed.with(Serdes.String(), Serdes.Bytes()));
    input.process(() -> new ContextualProcessor<String, Bytes, Void, Void>() {
      @Override
      public void process(Record<String, Bytes> record) {
        var shown = new StringBuilder();
        for (var header : record.headers()) {
          shown.append(header.key()).append('=');
          shown.append(header.value() == null ? null : Bytes.wrap(header.value())).append(' ');
        }
        int partition = context().recordMetadata().get().partition();
        say(topic, partition + " record", record.key(), record.value(), record.timestamp(), shown);
      }
    });
    var windows = TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(20));
    input
        .groupByKey()
        .windowedBy(windows)
        .count(Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("counts-" + topic).withLoggingDisabled())
        .toStream()
        .foreach((window, count) -> say(topic, "count " + window.key(), window.window().start(), count));
  }

  static void say(String topic, Object... what) {
    var json = new StringBuilder("given [\"" + topic + "\"");
    for (Object one : what) json.append(",\"").append(String.valueOf(one).replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
    System.out.println(json.append(']'));
  }
}
