package tickets.ingest.access;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import java.util.List;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.stereotype.Component;

/** What the API document says of keys: the page has its button for them from there. */
@Component
final class HowToCall implements OpenApiCustomizer {

  private static final String BEARER = "bearer";
  private static final String KEY = "key";

  @Override
  public void customise(OpenAPI document) {
    document
        .getComponents()
        .addSecuritySchemes(
            BEARER,
            new SecurityScheme()
                .type(SecurityScheme.Type.HTTP)
                .scheme("bearer")
                .description("An API key, or a token of the issuer that the service trusts"))
        .addSecuritySchemes(
            KEY,
            new SecurityScheme()
                .type(SecurityScheme.Type.APIKEY)
                .in(SecurityScheme.In.HEADER)
                .name(Credential.KEY_HEADER)
                .description("An API key"));
    document.setSecurity(
        List.of(
            new SecurityRequirement().addList(BEARER),
            new SecurityRequirement().addList(KEY),
            // A service on this machine only may ask nobody.
            new SecurityRequirement()));
    document.getPaths().values().stream()
        .flatMap(path -> path.readOperations().stream())
        .forEach(HowToCall::refusals);
  }

  private static void refusals(Operation operation) {
    for (int status : List.of(401, 403, 429)) {
      operation
          .getResponses()
          .addApiResponse(Integer.toString(status), new ApiResponse().$ref("Problem" + status));
    }
  }
}
