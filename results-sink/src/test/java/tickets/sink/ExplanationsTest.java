package tickets.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.contract.EventJson;
import tickets.contract.Explanation;
import tickets.contract.ExplanationRequest;
import tickets.contract.TicketHeaders;
import tickets.contract.Topics;

/** An explanation reaches who waits for it, and is kept nowhere. */
@ExtendWith(Stores.InJvm.class)
class ExplanationsTest {

  private final Addresses stores;

  ExplanationsTest(Stores stores) {
    this.stores = stores.addresses();
  }

  @Test
  void whoWaitsHearsOfItAndRedisKeepsNothing() throws Exception {
    stores.createTopics();
    String channel = "replies:" + UUID.randomUUID();
    Explanation explanation =
        Explanation.failed(
            new ExplanationRequest(UUID.randomUUID().toString(), "T-1", "secret", 1000), "Why.");
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    RedisClient client = RedisClient.create(stores.redisUrl());
    try (ConfigurableApplicationContext sink = stores.startSink();
        Publisher publisher = new Publisher(stores.kafka());
        var subscription = client.connectPubSub()) {
      subscription.addListener(
          new RedisPubSubAdapter<>() {
            @Override
            public void message(String from, String message) {
              heard.add(message);
            }
          });
      subscription.sync().subscribe(channel, "anywhere");
      publisher.publish(Topics.EXPLANATIONS, "no-header", "{}");
      publisher.publish(Topics.EXPLANATIONS, "no-value", null);
      publisher.send(record(explanation, "anywhere"));
      publisher.send(record(explanation, channel));

      String message = heard.poll(60, TimeUnit.SECONDS);

      assertThat(sink.isActive()).isTrue();
      assertThat(message).isNotNull();
      assertThat(Explanation.read(String.valueOf(message).getBytes(StandardCharsets.UTF_8)))
          .isEqualTo(explanation);
      assertThat(heard).as("nothing but reply channels is believed").isEmpty();
      assertThat(
              stores.<Boolean>redis(
                  redis ->
                      redis.sync().keys("*").stream()
                          .anyMatch(key -> key.contains(explanation.requestId()))))
          .isFalse();
    } finally {
      client.shutdown();
    }
  }

  private static ProducerRecord<byte[], byte[]> record(Explanation explanation, String channel) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            Topics.EXPLANATIONS,
            explanation.requestId().getBytes(StandardCharsets.UTF_8),
            EventJson.write(explanation));
    record.headers().add(TicketHeaders.REPLY_CHANNEL, channel.getBytes(StandardCharsets.UTF_8));
    return record;
  }
}
