// The judge of a copied log: Go's checksum database code, which nobody here wrote.
//
// Reads the copy in the first argument, and checks with golang.org/x/mod/sumdb that every head is signed by the log, that
// the root over the entries is the one signed, that every tile is the one Go computes, that each smaller head is
// consistent with the newest, that the cosignature of the witness in the second argument holds, and that the proof in the
// third argument holds for the line in the fourth.
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](value T, err error) T {
	if err != nil {
		fail(err.Error())
	}
	return value
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// A verifier of cosignature/v1 (C2SP tlog-cosignature).
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", seconds, msg)
	return ed25519.Verify(c.key, []byte(signed), sig[8:])
}

func newCosigner(vkey string) cosigner {
	parts := strings.SplitN(vkey, "+", 3)
	key := must(base64.StdEncoding.DecodeString(parts[2]))
	if key[0] != 4 {
		fail("not a cosigner")
	}
	hash := must(strconv.ParseUint(parts[1], 16, 32))
	return cosigner{parts[0], uint32(hash), key[1:]}
}

func head(msg []byte, verifiers note.Verifiers) (tlog.Tree, *note.Note) {
	opened := must(note.Open(msg, verifiers))
	lines := strings.Split(opened.Text, "\n")
	size := must(strconv.ParseInt(lines[1], 10, 64))
	root := must(tlog.ParseHash(lines[2]))
	return tlog.Tree{N: size, Hash: root}, opened
}

func name(level string, index int64, width int) string {
	path := fmt.Sprintf("%03d", index%1000)
	for rest := index / 1000; rest > 0; rest /= 1000 {
		path = fmt.Sprintf("x%03d/%s", rest%1000, path)
	}
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	return "tile/" + level + "/" + path
}

func main() {
	dir := os.Args[1]
	read := func(path string) []byte { return must(os.ReadFile(filepath.Join(dir, path))) }
	log := must(note.NewVerifier(strings.TrimSpace(string(read("verifier")))))
	witness := newCosigner(os.Args[2])
	newest, _ := head(read("checkpoint"), note.VerifierList(log))

	var stored []tlog.Hash
	hashes := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for n := int64(0); n < newest.N; n += 256 {
		width := int(newest.N - n)
		if width > 256 {
			width = 256
		}
		bundle := read(name("entries", n/256, width))
		for i := 0; i < width; i++ {
			length := int(binary.BigEndian.Uint16(bundle))
			entry := bundle[2 : 2+length]
			bundle = bundle[2+length:]
			stored = append(stored, must(tlog.StoredHashes(n+int64(i), entry, hashes))...)
		}
		if len(bundle) != 0 {
			fail("more in a bundle than its entries")
		}
	}
	if root := must(tlog.TreeHash(newest.N, hashes)); root != newest.Hash {
		fail("the root is %v, and %v was signed", root, newest.Hash)
	}
	tiles := 0
	for _, tile := range tlog.NewTiles(8, 0, newest.N) {
		// Go names every width that a log may have had on its way here; only the last of a tile is needed.
		if last := newest.N>>(8*tile.L) - tile.N<<8; tile.W < 256 && int64(tile.W) < last {
			continue
		}
		found := read(name(strconv.Itoa(tile.L), tile.N, tile.W))
		if !bytes.Equal(found, must(tlog.ReadTileData(tile, hashes))) {
			fail("tile %v", tile)
		}
		tiles++
	}

	heads, cosigned := 0, 0
	for _, file := range must(os.ReadDir(filepath.Join(dir, "checkpoints"))) {
		older, opened := head(read("checkpoints/"+file.Name()), note.VerifierList(log, witness))
		proof := must(tlog.ProveTree(newest.N, older.N, hashes))
		if err := tlog.CheckTree(proof, newest.N, newest.Hash, older.N, older.Hash); err != nil {
			fail("head of %d: %v", older.N, err)
		}
		heads++
		cosigned += len(opened.Sigs) - 1
	}

	proof := string(must(os.ReadFile(os.Args[3])))
	line := must(os.ReadFile(os.Args[4]))
	first, rest, _ := strings.Cut(proof, "\n\n")
	lines := strings.Split(first, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		fail("no proof")
	}
	index := must(strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64))
	tree, _ := head([]byte(rest), note.VerifierList(log))
	var path tlog.RecordProof
	for _, hash := range lines[2:] {
		path = append(path, must(tlog.ParseHash(hash)))
	}
	if err := tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(line)); err != nil {
		fail("proof: %v", err)
	}
	fmt.Printf("%d entries, %d tiles, %d heads, %d cosignatures, proof of %d\n", newest.N, tiles, heads, cosigned, index)
}
