package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {

  @TempDir Path directory;

  private Path file(String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(length(json.length));
    out.write(json);
    out.write(new byte[dataBytes]);
    return Files.write(directory.resolve("model.safetensors"), out.toByteArray());
  }

  private static byte[] length(long length) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
  }

  @Test
  void tensorsAreFoundWithTypeShapeAndData() throws IOException {
    Path file =
        file(
            "{\"__metadata__\":{\"format\":\"pt\"},\"b\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[8,14]},\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}"
                + "   ",
            14);
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - 14 + 4, 1.5f);
    Files.write(file, bytes);

    try (Safetensors tensors = Safetensors.open(file)) {
      assertThat(tensors.names()).containsExactly("b", "a");
      Safetensors.Tensor a = tensors.find("a");
      assertThat(a).isNotNull();
      assertThat(a.type()).isEqualTo("F32");
      assertThat(a.shape()).containsExactly(2L, 1L);
      assertThat(tensors.data(a).getFloat(4)).isEqualTo(1.5f);
      assertThat(tensors.find("c")).isNull();
    }
  }

  @Test
  void unknownTypeIsNoReasonToRefuseTheFile() throws IOException {
    try (Safetensors tensors =
        Safetensors.open(
            file("{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}", 2))) {
      assertThat(tensors.names()).containsExactly("a");
    }
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]                                                               | is not a JSON object",
        "{\"a\":                                                          | is not JSON",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}                          | lacks its dtype,"
            + " shape or data_offsets",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}   | cannot lie at 0 to 4",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}   | cannot lie at 8 to 0",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}  | no natural number",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,10]}} | no natural number",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[9000000000000000000,9],\"data_offsets\":[0,8]}} |"
            + " larger than any file",
        "{\"a\":{\"dtype\":\"X\",\"shape\":[1],\"data_offsets\":[0,9223372036854775807]}} | beyond"
            + " the end of any file",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}  | is cut off: it has",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}   | 4 bytes after its"
            + " last tensor",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}   | follows a gap",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}"
            + " | overlaps",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"
            + " | is not JSON",
      })
  void damagedOrForgedHeaderIsRefused(String header, String reason) throws IOException {
    Path file = file(header, 8);

    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("model.safetensors")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, is no safetensors file",
    "100000001, is no safetensors file",
    "0, is no safetensors file",
    "5000, cut off within its header"
  })
  void headerLengthIsNotTrusted(long length, String reason) throws IOException {
    Path file =
        Files.write(
            directory.resolve("model.safetensors"),
            ByteBuffer.allocate(100).put(length(length)).array());

    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining(reason);
  }

  @Test
  void fileOfAFewBytesIsRefused() throws IOException {
    Path file = Files.write(directory.resolve("model.safetensors"), new byte[] {1, 2, 3});

    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("3 bytes only");
  }

  @Test
  void missingFileIsRefused() {
    assertThatThrownBy(() -> Safetensors.open(directory.resolve("none")))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("cannot be read");
  }
}
