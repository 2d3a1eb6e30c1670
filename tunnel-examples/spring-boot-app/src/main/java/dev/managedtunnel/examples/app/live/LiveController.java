package dev.managedtunnel.examples.app.live;

import dev.managedtunnel.boot.ManagedTunnels;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The front page's stream of states, and its button to restart a tunnel. */
@RestController
class LiveController {
    private final LiveTunnels live;
    private final ManagedTunnels tunnels;

    LiveController(LiveTunnels live, ManagedTunnels tunnels) {
        this.live = live;
        this.tunnels = tunnels;
    }

    @GetMapping(path = "/live", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    ResponseEntity<SseEmitter> open() {
        return live.open()
                .map(page ->
                        ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(page))
                .orElseGet(() ->
                        ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE).build());
    }

    @PostMapping("/tunnels/{name}/restart")
    @ResponseStatus(HttpStatus.ACCEPTED)
    void restart(@PathVariable String name) {
        tunnels.find(name)
                .orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no such tunnel"))
                .restart();
    }
}
