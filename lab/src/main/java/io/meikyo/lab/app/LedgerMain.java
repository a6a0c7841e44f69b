// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.app;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A small database that keeps account of itself. Clients speak lines over TCP:
 *
 * <pre>
 *  who                     SERVER-LIFE: which server this is, and which life of the program
 *  put CLIENT N TEXT       ok N SERVER-LIFE, when row N stands on the disk (fsync)
 *  rows CLIENT             each row as it stands in the file, then end
 * </pre>
 *
 * <p>A row is a line {@code N CRC32C SERVER-LIFE TEXT} of the file {@code CLIENT.rows}; the sum is
 * of all that follows it. N rises by one; the last row may be put again. What a crash left of a row
 * that was never acknowledged is cut off at the start; any other damage ends the program.
 *
 * <p>Begins with few classes, since it is started at each failover. Arguments: folder, port, name
 * of the server. Says {@code ready} when it listens.
 */
public final class LedgerMain {
  private static final int LINE_BYTES_MAX = 4096;

  private final Path folder;
  private final String life;
  private final Map<String, Book> books = new HashMap<>();

  private LedgerMain(Path folder, String life) {
    this.folder = folder;
    this.life = life;
  }

  /** Runs until it is killed. */
  public static void main(String[] args) throws IOException {
    String life =
        args[2]
            + "-"
            + Long.toHexString(ProcessHandle.current().pid() * 1_000_003L ^ System.nanoTime());
    LedgerMain ledger = new LedgerMain(Path.of(args[0]), life);
    try (ServerSocket server = new ServerSocket(Integer.parseInt(args[1]))) {
      Closing closing = new Closing(server);
      Runtime.getRuntime().addShutdownHook(closing);
      try (FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
        out.write("ready\n".getBytes(StandardCharsets.US_ASCII));
      }
      while (true) {
        Socket client;
        try {
          client = server.accept();
        } catch (SocketException e) {
          if (closing.begun) {
            return;
          }
          throw e;
        }
        closing.add(client);
        Thread thread = new Thread(new Service(ledger, client, closing), "client");
        thread.setDaemon(true);
        thread.start();
      }
    }
  }

  /** Ends all connections when the program is to end: a JVM waits 0.3 s for those who read. */
  private static final class Closing extends Thread {
    private final ServerSocket server;
    private final List<Socket> clients = new ArrayList<>();
    private volatile boolean begun;

    Closing(ServerSocket server) {
      this.server = server;
    }

    synchronized void add(Socket client) {
      clients.add(client);
    }

    synchronized void remove(Socket client) {
      clients.remove(client);
    }

    @Override
    public void run() {
      begun = true;
      try {
        server.close();
        synchronized (this) {
          for (Socket client : clients) {
            client.close();
          }
        }
      } catch (IOException e) {
        System.err.println(e);
      }
    }
  }

  /** One connection. */
  private record Service(LedgerMain ledger, Socket client, Closing closing) implements Runnable {
    @Override
    public void run() {
      try (Socket socket = client) {
        socket.setTcpNoDelay(true);
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        OutputStream out = socket.getOutputStream();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          out.write(ledger.answer(line).getBytes(StandardCharsets.UTF_8));
          out.flush();
        }
      } catch (IOException e) {
        // The disk refused the row, or the client went: either way nothing was acknowledged, and
        // the end of the connection says so.
        System.err.println(e);
      } finally {
        closing.remove(client);
      }
    }
  }

  private String answer(String line) throws IOException {
    String[] words = line.split(" ", 4);
    return switch (words[0]) {
      case "who" -> life + "\n";
      case "put" -> book(words[1]).put(Long.parseLong(words[2]), words[3]) + "\n";
      case "rows" -> book(words[1]).rows() + "end\n";
      default -> "what?\n";
    };
  }

  private synchronized Book book(String client) throws IOException {
    Book book = books.get(client);
    if (book == null) {
      book = new Book(folder.resolve(client + ".rows"), life);
      books.put(client, book);
    }
    return book;
  }

  /** The sum of what a row says. */
  static String sum(String life, String text) {
    CRC32C crc = new CRC32C();
    crc.update((life + " " + text).getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }

  /** The rows of one client. */
  private static final class Book {
    private final FileChannel file;
    private final Path path;
    private final String life;
    private long last;

    Book(Path path, String life) throws IOException {
      this.path = path;
      this.life = life;
      long good = 0;
      if (path.toFile().exists()) {
        try (RandomAccessFile old = new RandomAccessFile(path.toFile(), "r")) {
          good = whole(old);
        }
      }
      file =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      file.truncate(good);
      file.position(good);
    }

    /** Bytes up to the end of the last whole row. */
    private long whole(RandomAccessFile old) throws IOException {
      byte[] all = new byte[Math.toIntExact(old.length())];
      old.readFully(all);
      int good = 0;
      int from = 0;
      for (int i = 0; i < all.length; i++) {
        if (all[i] == '\n') {
          String row = new String(all, from, i - from, StandardCharsets.UTF_8);
          boolean ok = isWhole(row, last + 1);
          if (!ok) {
            if (i == all.length - 1 || i - from > LINE_BYTES_MAX) {
              return good;
            }
            throw new IOException(path + ": row after " + last + " is damaged: " + row);
          }
          last++;
          from = i + 1;
          good = from;
        }
      }
      return good;
    }

    static boolean isWhole(String row, long number) {
      String[] parts = row.split(" ", 4);
      return parts.length == 4
          && parts[0].equals(Long.toString(number))
          && parts[1].equals(sum(parts[2], parts[3]));
    }

    synchronized String put(long number, String text) throws IOException {
      if (number == last) {
        return "ok " + number + " " + life;
      }
      if (number != last + 1) {
        return "wrong: the last row is " + last;
      }
      byte[] row =
          (number + " " + sum(life, text) + " " + life + " " + text + "\n")
              .getBytes(StandardCharsets.UTF_8);
      ByteBuffer out = ByteBuffer.wrap(row);
      while (out.hasRemaining()) {
        file.write(out);
      }
      file.force(false);
      last = number;
      return "ok " + number + " " + life;
    }

    synchronized String rows() throws IOException {
      ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(file.size()));
      long at = 0;
      while (all.hasRemaining()) {
        int got = file.read(all, at);
        if (got < 0) {
          throw new IOException(path + " became shorter");
        }
        at += got;
      }
      return new String(all.array(), StandardCharsets.UTF_8);
    }
  }

  /** True if this is row {@code number}, whole. */
  static boolean isWhole(@Nullable String row, long number) {
    return row != null && Book.isWhole(row, number);
  }
}
