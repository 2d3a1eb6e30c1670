package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Identity;
import org.jspecify.annotations.Nullable;

/** A key or certificate as JSch asks for it, whose secret half can be used without further questions. */
abstract class ReadyIdentity implements Identity {
    @Override
    public final byte @Nullable [] getSignature(byte[] data) {
        return getSignature(data, getAlgName());
    }

    @Override
    public final boolean isEncrypted() {
        return false;
    }

    @Override
    public final boolean setPassphrase(byte[] passphrase) {
        return true;
    }
}
