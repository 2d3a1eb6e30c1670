package dev.managedtunnel.examples.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

class PageTest {
    private final List<Object> sent = new ArrayList<>();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<Page> left = new ArrayList<>();
    private boolean gone;
    private int states;

    private final SseEmitter emitter = new SseEmitter() {
        @Override
        public void send(Object state) throws IOException {
            if (gone) {
                throw new IOException("broken pipe");
            }
            sent.add(state);
            if (sent.size() == 1) {
                // while the first one is on its way
                page.refresh();
                page.refresh();
                page.refresh();
            }
        }
    };
    private final Page page =
            new Page(emitter, tasks::add, () -> new PageState(Instant.EPOCH, List.of(), ++states, null), left::add);

    @Test
    void aSlowPageIsSentOnlyTheNewestState() {
        page.refresh();
        tasks.remove().run();

        assertThat(sent).hasSize(2);
        assertThat(tasks).isEmpty();

        page.refresh();
        tasks.remove().run();
        assertThat(sent).hasSize(3).last().extracting("orders").isEqualTo(3L);
    }

    @Test
    void aPageThatIsGoneIsSentNothingMore() {
        gone = true;
        page.refresh();
        tasks.remove().run();
        page.refresh();

        assertThat(tasks).isEmpty();
        assertThat(left).containsExactly(page);
    }
}
