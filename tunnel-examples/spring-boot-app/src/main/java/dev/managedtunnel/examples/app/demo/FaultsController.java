package dev.managedtunnel.examples.app.demo;

import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** The page's buttons to break things. */
@RestController
@Profile(DemoServersInitializer.PROFILE)
class FaultsController {
    private final Faults faults;

    FaultsController(Faults faults) {
        this.faults = faults;
    }

    @PostMapping("/demo/{fault}")
    @ResponseStatus(HttpStatus.ACCEPTED)
    void inject(@PathVariable Fault fault) {
        if (!faults.inject(fault)) {
            throw new ResponseStatusException(HttpStatus.CONFLICT, "Something is broken already; wait for its end");
        }
    }
}
