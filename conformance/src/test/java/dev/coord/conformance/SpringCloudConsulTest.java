package dev.coord.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A Spring Boot application with Spring Cloud Consul's starters for discovery and configuration, as a user writes it. */
class SpringCloudConsulTest {

    private static final String APPLICATION = "spring-shop";

    @TempDir
    static Path directory;

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void anApplicationReadsItsConfigurationIsFoundFollowsAChangeAndLeaves() throws Exception {
        try (RunningCoord coord = RunningCoord.start(directory, "")) {
            put(coord, "/v1/kv/config/" + APPLICATION + "/greeting", "hello");

            try (ConfigurableApplicationContext application = new SpringApplicationBuilder(Shop.class)
                    .run(
                            "--spring.application.name=" + APPLICATION,
                            "--spring.config.import=consul:",
                            "--spring.cloud.consul.host=127.0.0.1",
                            "--spring.cloud.consul.port=" + coord.httpPort(),
                            "--spring.cloud.consul.config.watch.delay=100",
                            "--spring.cloud.consul.config.watch.wait-time=2",
                            "--spring.cloud.consul.discovery.prefer-ip-address=true",
                            "--spring.cloud.consul.discovery.ip-address=127.0.0.1",
                            "--spring.cloud.consul.discovery.health-check-path=/healthy",
                            "--spring.cloud.consul.discovery.health-check-interval=1s",
                            "--server.address=127.0.0.1",
                            "--server.port=0")) {
                assertThat(application.getEnvironment().getProperty("greeting")).isEqualTo("hello");

                // Found only once Coord's HTTP check has passed.
                DiscoveryClient discovery = application.getBean(DiscoveryClient.class);
                await().atMost(RunningCoord.PATIENCE)
                        .untilAsserted(() -> assertThat(discovery.getInstances(APPLICATION))
                                .singleElement()
                                .satisfies(found -> assertThat(found.getHost()).isEqualTo("127.0.0.1")));
                assertThat(discovery.getServices()).contains(APPLICATION, "consul");
                LoadBalancerClient balancer = application.getBean(LoadBalancerClient.class);
                await().atMost(RunningCoord.PATIENCE).untilAsserted(() -> assertThat(balancer.choose(APPLICATION))
                        .isNotNull());

                put(coord, "/v1/kv/config/" + APPLICATION + "/greeting", "good evening");
                await().atMost(RunningCoord.PATIENCE).untilAsserted(() -> assertThat(
                                application.getEnvironment().getProperty("greeting"))
                        .isEqualTo("good evening"));
            }

            await().atMost(RunningCoord.PATIENCE)
                    .untilAsserted(() -> assertThat(get(coord, "/v1/catalog/service/" + APPLICATION))
                            .isEqualTo("[]"));
        }
    }

    private void put(RunningCoord coord, String path, String body) throws Exception {
        HttpRequest request =
                request(coord, path).PUT(BodyPublishers.ofString(body)).build();
        assertThat(client.send(request, BodyHandlers.ofString()).body()).isEqualTo("true");
    }

    private String get(RunningCoord coord, String path) throws Exception {
        return client.send(request(coord, path).build(), BodyHandlers.ofString())
                .body();
    }

    private static HttpRequest.Builder request(RunningCoord coord, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + coord.httpPort() + path));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Healthy.class)
    static class Shop {}

    @RestController
    static class Healthy {
        @GetMapping("/healthy")
        String healthy() {
            return "yes";
        }
    }
}
