package dev.coord.tools;

import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "keygen",
        mixinStandardHelpOptions = true,
        description = {
            "Prints 32 random bytes in base 64.",
            "For a configuration that wants Consul's \"encrypt\"; servers here talk over TLS and have no use for it."
        })
final class KeygenCommand implements Callable<Integer> {

    private static final int BYTES = 32;

    @Override
    public Integer call() {
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        return Console.say(JsonText.base64(key));
    }
}
