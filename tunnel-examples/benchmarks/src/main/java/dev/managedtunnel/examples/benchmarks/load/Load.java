package dev.managedtunnel.examples.benchmarks.load;

/** Something done through a tunnel. */
@FunctionalInterface
interface Load {
    /**
     * Does it once.
     *
     * @param settings the numbers that came with the command, see the implementations
     * @return what was measured; {@code bytes} is how many were carried, both ways together
     * @throws Exception when the tunnel does not carry it; the text goes into the table
     */
    Figures run(Connector tunnel, Figures settings) throws Exception;
}
