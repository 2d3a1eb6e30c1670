/** The quick start: started from the command line, it uses the library as an application would. */
@NullMarked
package dev.managedtunnel.examples.jdbcpool;

import org.jspecify.annotations.NullMarked;
