// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Takes the first MiB of a page as text and breaks off what follows. */
final class FirstBytes implements HttpResponse.BodySubscriber<String> {
  private static final int BYTES_MAX = 1 << 20;

  private final CompletableFuture<String> text = new CompletableFuture<>();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private Flow.@Nullable Subscription subscription;

  @Override
  public CompletionStage<String> getBody() {
    return text;
  }

  @Override
  public void onSubscribe(Flow.Subscription source) {
    subscription = source;
    source.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(List<ByteBuffer> pieces) {
    for (ByteBuffer piece : pieces) {
      byte[] some = new byte[Math.min(piece.remaining(), BYTES_MAX - bytes.size())];
      piece.get(some);
      bytes.writeBytes(some);
    }
    if (bytes.size() == BYTES_MAX) {
      Flow.Subscription source = subscription;
      if (source != null) {
        source.cancel();
      }
      onComplete();
    }
  }

  @Override
  public void onError(Throwable thrown) {
    text.completeExceptionally(thrown);
  }

  @Override
  public void onComplete() {
    text.complete(bytes.toString(StandardCharsets.UTF_8));
  }
}
