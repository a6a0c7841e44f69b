// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import io.meikyo.linux.NbdClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What {@link NbdDevice} asks of the kernel's NBD client; a test has another one. */
interface KernelNbd {
  /** This machine's. */
  KernelNbd REAL =
      new KernelNbd() {
        @Override
        public int connect(int socket, NbdClient.Export export, NbdClient.Patience patience)
            throws IOException {
          return NbdClient.connect(socket, export, patience);
        }

        @Override
        public void reconnect(int index, int socket, String backend, NbdClient.Patience patience)
            throws IOException {
          NbdClient.reconnect(index, socket, backend, patience);
        }

        @Override
        public void patience(int index, String backend, NbdClient.Patience patience)
            throws IOException {
          NbdClient.patience(index, backend, patience);
        }

        @Override
        public void goesAtLastClose(int index, String backend, boolean goes) throws IOException {
          NbdClient.goesAtLastClose(index, backend, goes);
        }

        @Override
        public void disconnect(int index) throws IOException {
          NbdClient.disconnect(index);
        }

        @Override
        public List<Integer> named(String backend) throws IOException {
          return NbdClient.named(backend);
        }

        @Override
        public Path device(int index) {
          return NbdClient.device(index);
        }
      };

  /** As {@link NbdClient#connect}. */
  int connect(int socket, NbdClient.Export export, NbdClient.Patience patience) throws IOException;

  /** As {@link NbdClient#reconnect}. */
  void reconnect(int index, int socket, String backend, NbdClient.Patience patience)
      throws IOException;

  /** As {@link NbdClient#patience}. */
  void patience(int index, String backend, NbdClient.Patience patience) throws IOException;

  /** As {@link NbdClient#goesAtLastClose}. */
  void goesAtLastClose(int index, String backend, boolean goes) throws IOException;

  /** As {@link NbdClient#disconnect}. */
  void disconnect(int index) throws IOException;

  /** As {@link NbdClient#named}. */
  List<Integer> named(String backend) throws IOException;

  /** As {@link NbdClient#device}. */
  Path device(int index);
}
