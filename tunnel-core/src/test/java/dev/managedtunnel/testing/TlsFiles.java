package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/**
 * A private key and a certificate that it signed itself, as files that servers take.
 *
 * @param certificate PEM
 * @param privateKey PEM, unencrypted, readable by its owner only
 */
public record TlsFiles(Path certificate, Path privateKey) {
    private static final char[] PASSWORD = "changeit".toCharArray();

    /** Makes them in that directory, for a server at that address. */
    public static TlsFiles in(Path directory, String address) {
        Path store = directory.resolve("tls.p12");
        // The JDK has no other public way to make a certificate.
        Exec.run(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=fixture",
                "-ext",
                "san=ip:" + address,
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD));
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD);
            Path certificate = directory.resolve("certificate.pem");
            Path privateKey = directory.resolve("key.pem");
            Files.writeString(
                    certificate,
                    pem("CERTIFICATE", keys.getCertificate("server").getEncoded()));
            Files.createFile(
                    privateKey, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(
                    privateKey,
                    pem("PRIVATE KEY", keys.getKey("server", PASSWORD).getEncoded()));
            return new TlsFiles(certificate, privateKey);
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write into " + directory, e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has this", e);
        }
    }

    private static String pem(String what, byte[] der) {
        String text = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
    }
}
