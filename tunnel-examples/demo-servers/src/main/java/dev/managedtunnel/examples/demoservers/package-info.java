/** What the examples and their tests need around them: they start it, and it knows nothing of the library. */
@NullMarked
package dev.managedtunnel.examples.demoservers;

import org.jspecify.annotations.NullMarked;
