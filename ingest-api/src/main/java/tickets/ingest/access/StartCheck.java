package tickets.ingest.access;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Checks that it is safe to start, before anything is made that could start. */
@Component
final class StartCheck implements BeanFactoryPostProcessor {

  @Override
  public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
    Environment environment = beanFactory.getBean(Environment.class);
    AccessProperties properties =
        Binder.get(environment).bindOrCreate("tickets.access", AccessProperties.class);
    SafeStart.from(properties, environment.getProperty("server.address", "")).check();
  }
}
