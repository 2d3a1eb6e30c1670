package dev.managedtunnel.examples.app;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.filter.CorsFilter;

/** What a browser may do with this application: it has no logins, so nothing but its own pages may use it. */
@Configuration(proxyBeanMethods = false)
class WebConfiguration {
    private static final String OWN_CONTENT_ONLY =
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /** Refuses what pages of other origins ask for. A browser names the origin with whatever could change something. */
    @Bean
    CorsFilter sameOriginOnly() {
        return new CorsFilter(request -> new CorsConfiguration());
    }

    /** Nothing of elsewhere is loaded or run, even if a text should ever get into the page as markup; no frames. */
    @Bean
    Filter ownContentOnly() {
        return (request, response, chain) -> {
            HttpServletResponse http = (HttpServletResponse) response;
            http.setHeader("Content-Security-Policy", OWN_CONTENT_ONLY);
            http.setHeader("X-Content-Type-Options", "nosniff");
            http.setHeader("Referrer-Policy", "same-origin");
            chain.doFilter(request, response);
        };
    }
}
