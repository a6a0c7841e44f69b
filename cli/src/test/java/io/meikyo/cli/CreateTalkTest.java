// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.cluster.api.HttpSeam;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.TypeConversionException;

/** The order to create a backup as the command tells it. */
class CreateTalkTest {
  private final ArrayDeque<HttpSeam.Response> answers = new ArrayDeque<>();
  private final List<String> asked = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private int silent;
  private int pauses;

  private HttpSeam.Response ask(String method, String path, Map<String, String> query)
      throws IOException {
    asked.add(method + " " + path + " " + query);
    if (silent > 0 && method.equals("GET")) {
      silent--;
      throw new IOException("nobody");
    }
    HttpSeam.Response next = answers.poll();
    if (next == null) {
      throw new IOException("no such file");
    }
    return next;
  }

  private CreateTalk.End run() throws IOException {
    CreateTalk talk =
        new CreateTalk(
            this::ask,
            () -> {
              pauses++;
              return true;
            });
    return talk.run(
        Map.of("max", "2000"),
        new CreateTalk.Listener() {
          @Override
          public void step(String what, String about, long micros, String id) {
            told.add((what + " " + about).strip() + (micros == 0 ? "" : " " + micros) + " " + id);
          }

          @Override
          public void progress(long done, long total) {
            told.add(done + "/" + total);
          }
        });
  }

  private void answer(int status, String json) {
    answers.add(new HttpSeam.Response(status, json));
  }

  private static String job(String end, String steps, int done) {
    return "{\"job\": 7, \"id\": \"c07\", \"server\": \"server2\", \"end\": "
        + end
        + ", \"done\": "
        + done
        + ", \"total\": 100, \"steps\": ["
        + steps
        + "], \"notices\": [{\"text\": [\"one\", \"two\"]}], \"said\": [\"three\"]}";
  }

  private static String step(String what, String about, int micros) {
    return "{\"what\": \"" + what + "\", \"about\": \"" + about + "\", \"micros\": " + micros + "}";
  }

  @Test
  void eachStepIsToldOnceAndTheEndWithWhatWasSaid() throws IOException {
    String chosen = step("CHOSEN", "server2", 0);
    String cut = chosen + ", " + step("CUT", "md1", 34_000);
    answer(200, job("null", chosen, 0));
    answer(200, job("null", cut, 50));
    answer(200, job("\"DONE\"", cut, 100));

    CreateTalk.End end = run();

    assertThat(told)
        .containsExactly("CHOSEN server2 c07", "0/100", "CUT md1 34000 c07", "50/100", "100/100");
    assertThat(end.how()).isEqualTo("DONE");
    assertThat(end.why()).containsExactly("one", "two", "  three");
    assertThat(end.json()).contains("\"done\": 100");
    assertThat(asked)
        .containsExactly(
            "POST /v1/backup/create {max=2000}",
            "GET /v1/backup/create {job=7}",
            "GET /v1/backup/create {job=7}");
  }

  @Test
  void whatIsNotTakenIsRefused() throws IOException {
    answer(400, "{\"notices\": [{\"text\": [\"wrong\"]}]}");
    CreateTalk.End end = run();
    assertThat(end.how()).isEqualTo("REFUSED");
    assertThat(end.why()).containsExactly("wrong");
    assertThatThrownBy(this::run).isInstanceOf(IOException.class);
  }

  @Test
  void aServiceThatIsAwayForAMomentIsAskedAgain() throws IOException {
    silent = 3;
    answer(200, job("null", "", 0));
    answer(200, job("\"FAILED\"", "", 0));
    assertThat(run().how()).isEqualTo("FAILED");
    assertThat(pauses).isEqualTo(4);
  }

  @Test
  void whenTheServiceStaysAwayTheImageMayGoOnWhereItIsWritten() throws IOException {
    silent = 1000;
    answer(200, job("null", "", 0));
    CreateTalk.End end = run();
    assertThat(end.how()).isEmpty();
    assertThat(end.why().getLast()).contains("on server2").contains("meikyo backup list");
  }

  @Test
  void anotherLifeOfTheServiceDoesNotKnowTheOrderAndThatIsNotGood() throws IOException {
    answer(200, job("null", "", 0));
    answer(409, "{\"notices\": [{\"text\": [\"unknown\"]}]}");
    CreateTalk.End end = run();
    assertThat(end.how()).isEmpty();
    assertThat(end.why()).first().isEqualTo("unknown");
  }

  @ParameterizedTest
  @CsvSource({"500ms, 500", "2s, 2000", "1m, 60000", "1h, 3600000", "1d, 86400000"})
  void durations(String text, long millis) {
    assertThat(new Durations().convert(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource({"5", "5sm", "ms", "-5s", "5 s"})
  void noDurations(String text) {
    assertThatThrownBy(() -> new Durations().convert(text))
        .isInstanceOf(TypeConversionException.class);
  }
}
