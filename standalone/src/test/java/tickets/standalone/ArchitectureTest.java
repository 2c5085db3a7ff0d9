package tickets.standalone;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The code keeps to the layout")
class ArchitectureTest {

  private static JavaClasses product;

  @BeforeAll
  static void readTheProduct() {
    product =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("tickets");
    assertThat(product.contain("tickets.contract.Ticket")).isTrue();
    assertThat(product.contain("tickets.scorer.model.BertPriorityModel")).isTrue();
  }

  @Test
  void onlyTheModelsAndTheTokenizerKnowTheEngine() {
    noClasses()
        .that(
            DescribedPredicate.not(
                outermost("tickets.scorer.model.BertPriorityModel")
                    .or(outermost("tickets.scorer.model.TrainableBert"))
                    .or(outermost("tickets.scorer.model.TicketTokenizer"))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl..")
        .check(product);
  }

  @Test
  void theTokenizerKnowsOnlyTokenizers() {
    noClasses()
        .that(outermost("tickets.scorer.model.TicketTokenizer"))
        .should()
        .dependOnClassesThat(
            resideInAPackage("ai.djl..")
                .and(DescribedPredicate.not(resideInAPackage("ai.djl.huggingface.tokenizers.."))))
        .check(product);
  }

  @Test
  void theContractKnowsNoSpring() {
    noClasses()
        .that()
        .resideInAPackage("tickets.contract..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.springframework..", "reactor..", "io.r2dbc..", "io.lettuce..")
        .check(product);
  }

  @Test
  void theWayFromTextToScoreKnowsNeitherSpringNorKafka() {
    noClasses()
        .that()
        .resideInAPackage("tickets.scorer.model..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.springframework..", "org.apache.kafka..")
        .check(product);
  }

  @Test
  void theServicesMeetOnlyInTheContract() {
    slices()
        .matching("tickets.(ingest|scorer|sink)..")
        .should()
        .notDependOnEachOther()
        .check(product);
  }

  @Test
  void noPackagesFormACycle() {
    slices().matching("tickets.(**)").should().beFreeOfCycles().check(product);
  }

  @Test
  void everyPackageSaysThatNothingIsNullUnlessMarked() {
    for (JavaPackage one : product.getPackage("tickets").getSubpackagesInTree()) {
      if (!one.getClasses().isEmpty()) {
        assertThat(one.isAnnotatedWith(NullMarked.class)).as(one.getName()).isTrue();
      }
    }
  }

  @Test
  void namesSayWhatAClassIs() {
    classes()
        .that()
        .resideInAPackage("tickets..")
        .should()
        .haveNameNotMatching(".*(Util|Utils|Helper|Impl|Manager|Dto|Config)")
        .check(product);
  }

  private static DescribedPredicate<JavaClass> outermost(String name) {
    return DescribedPredicate.describe(
        name,
        javaClass -> {
          JavaClass outer = javaClass;
          while (outer.getEnclosingClass().isPresent()) {
            outer = outer.getEnclosingClass().get();
          }
          return outer.getName().equals(name);
        });
  }
}
