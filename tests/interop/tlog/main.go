// Judges a log of Musubi with the packages that the Go project verifies its own checksum database with
// (golang.org/x/mod/sumdb/note and tlog): main.go DIR, where DIR was written by interop_dump. What is ours must be
// accepted, every forgery refused. The last line: how many checks passed and failed.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const wantForgeries = 390 // a change in what is tried must be made here, too

var dir string
var passed, failed, forgeries int

func accept(what string, err error) {
	if err != nil {
		failed++
		fmt.Printf("refused: %s: %v\n", what, err)
		return
	}
	passed++
}

func refuse(what string, err error) {
	forgeries++
	if err == nil {
		failed++
		fmt.Printf("accepted a forgery: %s\n", what)
		return
	}
	passed++
}

func read(path string) []byte {
	data, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	return data
}

func names(folder string) []string {
	entries, err := os.ReadDir(filepath.Join(dir, folder))
	if err != nil || len(entries) == 0 {
		fmt.Println("nothing in", folder, err)
		os.Exit(2)
	}
	var out []string
	for _, entry := range entries {
		out = append(out, entry.Name())
	}
	sort.Strings(out)
	return out
}

func hashOf(text string) (tlog.Hash, error) {
	var hash tlog.Hash
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) != len(hash) {
		return hash, fmt.Errorf("%q is no hash", text)
	}
	copy(hash[:], data)
	return hash, nil
}

// open verifies a checkpoint (C2SP tlog-checkpoint in a signed note).
func open(msg []byte, keys note.Verifiers) (string, tlog.Tree, error) {
	opened, err := note.Open(msg, keys)
	if err != nil {
		return "", tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		return "", tlog.Tree{}, fmt.Errorf("too few lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return "", tlog.Tree{}, err
	}
	root, err := hashOf(lines[2])
	return lines[0], tlog.Tree{N: size, Hash: root}, err
}

type receipt struct {
	entry []byte
	index int64
	proof tlog.RecordProof
	note  []byte
}

// parse reads a C2SP tlog-proof.
func parse(data []byte) (receipt, error) {
	var r receipt
	head, checkpoint, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return r, fmt.Errorf("not a receipt")
	}
	var err error
	if r.entry, err = base64.StdEncoding.Strict().DecodeString(lines[1][6:]); err != nil {
		return r, err
	}
	if r.index, err = strconv.ParseInt(lines[2][6:], 10, 64); err != nil {
		return r, err
	}
	for _, line := range lines[3:] {
		hash, err := hashOf(line)
		if err != nil {
			return r, err
		}
		r.proof = append(r.proof, hash)
	}
	r.note = checkpoint
	return r, nil
}

func check(r receipt, keys note.Verifiers) error {
	_, tree, err := open(r.note, keys)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(r.proof, tree.N, tree.Hash, r.index, tlog.RecordHash(r.entry))
}

func flip(data []byte, at int) []byte {
	out := append([]byte(nil), data...)
	out[at] ^= 1
	return out
}

func checkpoints(keys note.Verifiers) map[int64]tlog.Tree {
	trees := map[int64]tlog.Tree{}
	for _, name := range names("kept") {
		msg := read("kept/" + name)
		origin, tree, err := open(msg, keys)
		if err == nil && (origin != "example.jp/town/1" || strconv.FormatInt(tree.N, 10) != name) {
			err = fmt.Errorf("origin %s, size %d", origin, tree.N)
		}
		accept("checkpoint "+name, err)
		trees[tree.N] = tree
	}
	msg := read("checkpoint")
	for at := 0; at < len(msg); at += 2 { // every other byte: origin, size, root, key name, key id, signature
		_, _, err := open(flip(msg, at), keys)
		refuse(fmt.Sprintf("checkpoint with byte %d changed", at), err)
	}
	return trees
}

func receipts(keys note.Verifiers) {
	for _, name := range names("receipt") {
		data := read("receipt/" + name)
		r, err := parse(data)
		if err == nil && strconv.FormatInt(r.index, 10) != name {
			err = fmt.Errorf("index %d", r.index)
		}
		if err == nil {
			err = check(r, keys)
		}
		accept("receipt "+name, err)
		forge := func(what string, change func(*receipt)) {
			bad, _ := parse(data)
			change(&bad)
			refuse("receipt "+name+": "+what, check(bad, keys))
		}
		forge("index + 1", func(bad *receipt) { bad.index++ })
		forge("version of the entry", func(bad *receipt) { bad.entry[0] ^= 1 })
		forge("head commitment", func(bad *receipt) { bad.entry[1] ^= 1 })
		forge("body commitment", func(bad *receipt) { bad.entry[64] ^= 1 })
		forge("longer entry", func(bad *receipt) { bad.entry = append(bad.entry, 0) })
		forge("longer proof", func(bad *receipt) { bad.proof = append(bad.proof, tlog.Hash{}) })
		forge("no proof", func(bad *receipt) { bad.proof = nil })
		forge("first hash of the proof", func(bad *receipt) { bad.proof[0][0] ^= 1 })
		forge("last hash of the proof", func(bad *receipt) { bad.proof[len(bad.proof)-1][31] ^= 1 })
		forge("two hashes swapped", func(bad *receipt) { bad.proof[0], bad.proof[1] = bad.proof[1], bad.proof[0] })
		forge("signature", func(bad *receipt) { bad.note[len(bad.note)-3] ^= 1 })
	}
}

func consistency(trees map[int64]tlog.Tree) {
	for _, name := range names("consistency") {
		var from, to int64
		fmt.Sscanf(name, "%d-%d", &from, &to)
		var proof tlog.TreeProof
		for _, line := range strings.Fields(string(read("consistency/" + name))) {
			hash, err := hashOf(line)
			accept("hash in "+name, err)
			proof = append(proof, hash)
		}
		older, newer := trees[from], trees[to]
		accept("consistency "+name, tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash))
		wrong := older.Hash
		wrong[0] ^= 1
		refuse("consistency "+name+" with another old root", tlog.CheckTree(proof, newer.N, newer.Hash, older.N, wrong))
		refuse("consistency "+name+" longer", tlog.CheckTree(append(proof[:len(proof):len(proof)], wrong), newer.N, newer.Hash, older.N, older.Hash))
		if len(proof) > 0 {
			bad := append(tlog.TreeProof(nil), proof...)
			bad[len(bad)-1][0] ^= 1
			refuse("consistency "+name+" with a hash changed", tlog.CheckTree(bad, newer.N, newer.Hash, older.N, older.Hash))
		}
	}
}

// tiles reads tlog-tiles paths: sumdb's own begin with the height and call entries `data`.
type tiles struct{ spoil string }

func path(t tlog.Tile) string { return strings.Replace(t.Path(), "tile/8/", "tile/", 1) }

func (tiles) Height() int                    { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range wanted {
		data := read(path(tile))
		if path(tile) == t.spoil {
			data = flip(data, len(data)/2)
		}
		out = append(out, data)
	}
	return out, nil
}

func proveAll(tree tlog.Tree, reader tlog.HashReader) error {
	for _, name := range names("receipt") {
		r, err := parse(read("receipt/" + name))
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(tree.N, r.index, reader)
		if err != nil {
			return err
		}
		if fmt.Sprint(proof) != fmt.Sprint(r.proof) {
			return fmt.Errorf("receipt %s carries another proof than the tiles give", name)
		}
	}
	return nil
}

func staticTiles(tree tlog.Tree) {
	reader := tlog.TileHashReader(tree, tiles{})
	accept("proofs computed from the tiles alone", proveAll(tree, reader))
	for n := int64(0); n*256 < tree.N; n++ {
		width := tree.N - n*256
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: 8, L: -1, N: n, W: int(width)}
		rest := read(strings.Replace(path(tile), "tile/data/", "tile/entries/", 1))
		var indexes []int64
		var hashes []tlog.Hash
		var err error
		for i := int64(0); i < width && err == nil; i++ {
			if len(rest) < 2 || len(rest) < 2+int(binary.BigEndian.Uint16(rest)) {
				err = fmt.Errorf("the bundle ends too early")
				break
			}
			length := int(binary.BigEndian.Uint16(rest))
			hashes = append(hashes, tlog.RecordHash(rest[2:2+length]))
			indexes = append(indexes, tlog.StoredHashIndex(0, n*256+i))
			rest = rest[2+length:]
		}
		if err == nil && len(rest) > 0 {
			err = fmt.Errorf("%d bytes left over", len(rest))
		}
		if err == nil {
			var stored []tlog.Hash
			if stored, err = reader.ReadHashes(indexes); err == nil && fmt.Sprint(stored) != fmt.Sprint(hashes) {
				err = fmt.Errorf("entries and hashes differ")
			}
		}
		accept("entry bundle "+strconv.FormatInt(n, 10), err)
	}
	for _, spoil := range []string{"tile/0/000", "tile/0/001", "tile/0/254", "tile/0/255", "tile/0/256", "tile/0/257.p/8", "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"} {
		read(spoil)
		refuse("tile "+spoil+" changed", proveAll(tree, tlog.TileHashReader(tree, tiles{spoil})))
	}
	wrong := tree
	wrong.Hash[3] ^= 1
	refuse("tiles under another root", proveAll(wrong, tlog.TileHashReader(wrong, tiles{})))
}

func main() {
	dir = os.Args[1]
	key := strings.TrimSpace(string(read("keys")))
	verifier, err := note.NewVerifier(key)
	if err != nil {
		fmt.Println("verifier key:", err)
		os.Exit(2)
	}
	keys := note.VerifierList(verifier)
	for at := len("example.jp/town/1"); at < len(key); at += 8 {
		_, err := note.NewVerifier(string(flip([]byte(key), at)))
		refuse(fmt.Sprintf("verifier key with byte %d changed", at), err)
	}
	trees := checkpoints(keys)
	receipts(keys)
	consistency(trees)
	staticTiles(trees[65800])
	if forgeries != wantForgeries {
		failed++
		fmt.Printf("%d forgeries were tried, %d are expected\n", forgeries, wantForgeries)
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
