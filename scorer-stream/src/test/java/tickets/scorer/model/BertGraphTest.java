package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The graph's plain {@code forward}, which training differentiates, and its packed {@code score},
 * which serves, are one network.
 */
class BertGraphTest {

  @Test
  void forwardEqualsPackedScore() throws Exception {
    ModelManifest manifest = BundledModel.manifest(Precision.FP32);
    TokenBatch batch =
        TokenBatch.of(
            BundledModel.cases().stream()
                .map(BundledModel.Case::ids)
                .filter(ids -> ids.length <= 64)
                .toList());
    float[][] packed;
    try (PriorityModel model =
        BertPriorityModel.load(BundledModel.DIRECTORY, manifest, false, false)) {
      packed = model.logits(batch);
    }
    float[] plain = forward(batch, manifest.labels().size());

    for (int i = 0; i < packed.length; i++) {
      for (int j = 0; j < packed[i].length; j++) {
        assertThat(packed[i][j]).isCloseTo(plain[i * packed[i].length + j], within(1e-4f));
      }
    }
  }

  private static float[] forward(TokenBatch batch, int labels) throws Exception {
    EngineSettings.apply();
    try (Model graph = Model.newInstance("bert-classifier", Device.cpu(), "PyTorch");
        InputStream in = BertPriorityModel.class.getResourceAsStream("bert-classifier.pt");
        BertCheckpoint checkpoint = BertCheckpoint.open(BundledModel.DIRECTORY)) {
      BertShape shape = checkpoint.shape();
      graph.load(in, Map.of());
      NDManager manager = graph.getNDManager();
      NDList arguments =
          new NDList(
              manager.create(batch.padded(), new Shape(batch.size(), batch.width())),
              manager.create(batch.lengths()),
              manager.create(
                  new float[] {
                    shape.heads(), (float) shape.epsilon(), shape.activation().code, 0, 0
                  }));
      assertThat(checkpoint.labelCount()).isEqualTo(labels);
      for (String name : checkpoint.names()) {
        long[] dimensions = Arrays.stream(checkpoint.dimensions(name)).asLongStream().toArray();
        NDArray weight = manager.create(checkpoint.floats(name), new Shape(dimensions));
        weight.setName("weights[]");
        arguments.add(weight);
      }
      return graph
          .getBlock()
          .forward(new ParameterStore(manager, false), arguments, false)
          .head()
          .toFloatArray();
    }
  }
}
