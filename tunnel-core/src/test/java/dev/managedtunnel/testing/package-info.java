/**
 * Fixtures of the tests: servers, targets, faults, and the check that nothing is left behind. Everything stays on
 * loopback or in network namespaces of its own, every fixture is closed, every wait has a limit. What a fixture needs
 * of the machine it asks of {@link dev.managedtunnel.testing.Requires}. Threads of fixtures are called
 * {@code fixture-…}, so that they are never mistaken for those of the code under test.
 */
package dev.managedtunnel.testing;
