import java.util.HashMap;
import java.util.Map;
import org.apache.qpid.server.SystemLauncher;

/** Qpid Broker-J with an AMQP 0-9-1 port, for the live tests: CONFIG PORT; says `ready`, and ends with its standard input. */
public final class QpidBroker {
  public static void main(String[] args) throws Exception {
    Map<String, Object> context = new HashMap<>();
    context.put("qpid.amqp_port", args[1]);
    Map<String, Object> attributes = new HashMap<>();
    attributes.put("type", "Memory");
    attributes.put("initialConfigurationLocation", args[0]);
    attributes.put("context", context);
    attributes.put("startupLoggedToSystemOut", "false");
    SystemLauncher launcher = new SystemLauncher();
    launcher.startup(attributes);
    System.out.println("ready");
    while (System.in.read() >= 0) {}
    launcher.shutdown();
    System.exit(0);
  }
}
