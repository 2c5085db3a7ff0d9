package tickets.scorer.model;

class StubPriorityModelTest extends PriorityModelContract {
  @Override
  PriorityModel create() {
    return new StubPriorityModel();
  }

  @Override
  double tolerance() {
    return 0;
  }
}
