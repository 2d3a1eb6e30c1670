package dev.managedtunnel.examples.app;

import dev.managedtunnel.examples.app.demo.DemoServersInitializer;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;

/** The application. Nothing in it knows of a tunnel but its configuration, and the page that shows it. */
@SpringBootApplication(proxyBeanMethods = false)
public class OrdersApplication {

    /** Starts it; with the profile {@code demo} on servers of its own. */
    public static void main(String[] args) {
        new SpringApplicationBuilder(OrdersApplication.class)
                .initializers(new DemoServersInitializer())
                .run(args);
    }
}
