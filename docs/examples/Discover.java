import dev.coord.client.CoordClient;
import dev.coord.client.Discovery;
import java.time.Duration;

/** Prints who is able to serve, now and at every change, for a minute. Run it as the README's tour says. */
public class Discover {

    public static void main(String[] args) throws InterruptedException {
        String service = args.length > 0 ? args[0] : "web";
        try (CoordClient coord = CoordClient.builder().address("127.0.0.1:8502").build();
                Discovery discovery = coord.discovery(service)) {
            discovery.awaitReady(Duration.ofSeconds(5));
            System.out.println(service + ": " + discovery.instances());
            discovery.addListener(instances -> System.out.println(service + ": " + instances));
            Thread.sleep(Duration.ofMinutes(1).toMillis());
        }
    }
}
