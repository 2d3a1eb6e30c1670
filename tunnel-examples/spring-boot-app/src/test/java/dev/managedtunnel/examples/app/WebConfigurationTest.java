package dev.managedtunnel.examples.app;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Filter;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

class WebConfigurationTest {
    @RestController
    static class Anything {
        @PostMapping("/break")
        void smash() {}
    }

    private final WebConfiguration configuration = new WebConfiguration();
    private final MockMvcTester mvc = MockMvcTester.create(MockMvcBuilders.standaloneSetup(new Anything())
            .<org.springframework.test.web.servlet.setup.StandaloneMockMvcBuilder>addFilters(
                    new Filter[] {configuration.ownContentOnly(), configuration.sameOriginOnly()})
            .build());

    private MockMvcTester.MockMvcRequestBuilder post(String origin) {
        return mvc.post().uri("http://localhost:8080/break").header("Origin", origin);
    }

    @Test
    void pagesOfTheApplicationMayPost() {
        assertThat(post("http://localhost:8080")).hasStatus(HttpStatus.OK);
    }

    @Test
    void pagesOfElsewhereMayNot() {
        assertThat(post("https://evil.example")).hasStatus(HttpStatus.FORBIDDEN);
        assertThat(post("http://localhost:8081")).hasStatus(HttpStatus.FORBIDDEN);
        assertThat(post("https://localhost:8080")).hasStatus(HttpStatus.FORBIDDEN);
        assertThat(post("null")).hasStatus(HttpStatus.FORBIDDEN);
    }

    @Test
    void nothingOfElsewhereIsLoadedAndNobodyMayFrameIt() {
        assertThat(post("http://localhost:8080"))
                .headers()
                .hasValue(
                        "Content-Security-Policy",
                        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
                .hasValue("X-Content-Type-Options", "nosniff");
    }
}
